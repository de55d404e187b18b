"""Settings from the environment, each read by name and named when it is missing or wrong."""

import os
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from envelope.errors import RecoursError

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(RecoursError):
    """An environment variable is missing or is not what it must be."""


def read_settings(model: type[Settings], environ: Mapping[str, str] | None = None) -> Settings:
    """Fill each field from the variable of its name in capitals. Raises SettingsError naming every one at fault."""
    environ = os.environ if environ is None else environ
    given = {name: environ[name.upper()] for name in model.model_fields if name.upper() in environ}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # Only names and reasons: a value could be a secret.
        wrong = ", ".join(f"{str(item['loc'][0]).upper()} ({item['msg']})" for item in error.errors())
        raise SettingsError(f"set these environment variables: {wrong}") from None
