"""What the supervisor gives a process in its own environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from local.template import Template, TemplateError, load_template

PARAMETERS = "RECOURS_PARAMETERS"


def parameters_from_environment() -> dict[str, str]:
    """The values of the template's parameters: a JSON object of texts in `RECOURS_PARAMETERS`."""
    return {name: str(value) for name, value in _json_object(PARAMETERS).items()}


def template_from(path: Path) -> Template:
    """The template with the supervisor's parameter values. Raises TemplateError."""
    return load_template(path, parameters_from_environment())


def _json_object(variable: str) -> Mapping[str, object]:
    try:
        value = orjson.loads(os.environ.get(variable) or "{}")
    except orjson.JSONDecodeError as error:
        raise TemplateError(f"{variable}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise TemplateError(f"{variable}: a JSON object is needed")
    return value
