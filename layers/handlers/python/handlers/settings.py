"""Settings from the environment, each read by name and named when it is missing or wrong.

A secret setting (`SecretStr`) may be given by the ARN of a secret that AWS Secrets Manager keeps, see `secrets.py`.
"""

import os
from collections.abc import Mapping
from typing import TypeVar, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from envelope.errors import RecoursError
from handlers.secrets import SecretError, fetch_secret, is_secret_arn

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(RecoursError):
    """An environment variable is missing or is not what it must be."""


def read_settings(model: type[Settings], environ: Mapping[str, str] | None = None) -> Settings:
    """Fill each field from the variable of its name in capitals; an empty one is as good as none.

    Raises SettingsError naming every one at fault.
    """
    environ = os.environ if environ is None else environ
    given = {name: environ[name.upper()] for name in model.model_fields if environ.get(name.upper())}
    given |= {name: _fetched(name, value) for name, value in given.items() if _names_secret(model, name, value)}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # Only names and reasons: a value could be a secret.
        wrong = ", ".join(_told(item["loc"], item["msg"]) for item in error.errors())
        raise SettingsError(f"set these environment variables: {wrong}") from None


def _told(location: tuple[int | str, ...], message: str) -> str:
    """`REDIS_URL (Field required)`, or the message alone where it is about several of them."""
    return f"{str(location[0]).upper()} ({message})" if location else message.removeprefix("Value error, ")


def _names_secret(model: type[BaseModel], name: str, value: str) -> bool:
    annotation = model.model_fields[name].annotation
    return (annotation is SecretStr or SecretStr in get_args(annotation)) and is_secret_arn(value)


def _fetched(name: str, reference: str) -> str:
    try:
        return fetch_secret(reference)
    except SecretError as error:
        raise SettingsError(f"{name.upper()} cannot be had: {error}") from error
