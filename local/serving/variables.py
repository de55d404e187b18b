"""A template's parameters, and their values from environment variables: `RedisUrl` is given as `REDIS_URL`."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.environment.settings import PARAMETERS
from local.template import TemplateError
from local.template.shapes import mapping_of, text_of
from local.template.yaml_tags import read_yaml

_STAND_IN = "stand-in-" * 8  # long enough for a secret's MinLength
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. `default` is None where it has none; `is_secret` is its `NoEcho`."""

    name: str
    default: str | None
    is_secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that gives its value."""
        return _WORD_BEGINS.sub("_", self.name).upper()


def declared_parameters(template: Path) -> tuple[Parameter, ...]:
    """The template's parameters in its order. Raises TemplateError."""
    declared = mapping_of(read_yaml(template).get("Parameters"), "Parameters")
    return tuple(_parameter(name, mapping_of(body, f"Parameters.{name}")) for name, body in declared.items())


def given_values(parameters: Iterable[Parameter], environment: Mapping[str, str]) -> dict[str, str]:
    """The values that the variables give, by parameter. An empty variable gives none: the default holds.

    `RECOURS_PARAMETERS`, a JSON object, gives values too; a variable of its own comes before it. Raises TemplateError.
    """
    own = {one.name: environment[one.variable] for one in parameters if environment.get(one.variable)}
    return _from_json(environment.get(PARAMETERS) or "{}") | own


def missing_variables(parameters: Iterable[Parameter], values: Mapping[str, str]) -> list[str]:
    """The variables of the parameters that have neither a value nor a default."""
    return [one.variable for one in parameters if one.default is None and one.name not in values]


def with_stand_ins(parameters: Iterable[Parameter], values: Mapping[str, str]) -> dict[str, str]:
    """The values, and a text for each parameter that has none: for who reads of a template what no value changes."""
    return {one.name: _STAND_IN for one in parameters if one.default is None} | dict(values)


def _parameter(name: str, body: Mapping[str, object]) -> Parameter:
    default = body.get("Default")
    is_secret = text_of(body.get("NoEcho", False), f"Parameters.{name}.NoEcho") == "true"
    return Parameter(name, None if default is None else text_of(default, f"Parameters.{name}.Default"), is_secret)


def _from_json(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise TemplateError(f"{PARAMETERS}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise TemplateError(f"{PARAMETERS}: a JSON object is needed")
    return {str(name): str(value) for name, value in values.items()}
