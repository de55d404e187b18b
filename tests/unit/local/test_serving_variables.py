from pathlib import Path

import pytest

from local.paths import DEFAULT_TEMPLATE
from local.serving.variables import (
    Parameter,
    declared_parameters,
    given_values,
    missing_variables,
    with_stand_ins,
)
from local.template import TemplateError, load_template

URL = Parameter("RedisUrl", None, is_secret=True)
LEVEL = Parameter("LogLevel", "INFO", is_secret=False)


@pytest.mark.parametrize(
    ("parameter", "variable"),
    [("RedisUrl", "REDIS_URL"), ("JwksUrl", "JWKS_URL"), ("LogMemoryPercentMax", "LOG_MEMORY_PERCENT_MAX")],
)
def test_a_parameter_is_given_by_the_variable_of_its_name(parameter: str, variable: str) -> None:
    assert Parameter(parameter, None, is_secret=False).variable == variable


def test_an_empty_variable_gives_nothing() -> None:
    assert given_values([URL, LEVEL], {"REDIS_URL": "redis://log", "LOG_LEVEL": ""}) == {"RedisUrl": "redis://log"}


def test_a_variable_of_its_own_comes_before_the_json_of_all() -> None:
    environment = {"RECOURS_PARAMETERS": '{"RedisUrl": "a", "LogLevel": "DEBUG"}', "REDIS_URL": "b"}
    assert given_values([URL, LEVEL], environment) == {"RedisUrl": "b", "LogLevel": "DEBUG"}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_what_is_no_json_object_is_refused_by_name(text: str) -> None:
    with pytest.raises(TemplateError, match="RECOURS_PARAMETERS"):
        given_values([URL], {"RECOURS_PARAMETERS": text})


def test_what_has_neither_value_nor_default_is_missing() -> None:
    assert missing_variables([URL, LEVEL], {}) == ["REDIS_URL"]
    assert missing_variables([URL, LEVEL], {"RedisUrl": "redis://log"}) == []


def test_secrets_and_defaults_are_read_from_the_template(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("Parameters:\n  A: {Type: String, NoEcho: true}\n  B: {Type: Number, Default: 3}\n")
    assert declared_parameters(file) == (Parameter("A", None, is_secret=True), Parameter("B", "3", is_secret=False))


def test_with_stand_ins_our_template_can_be_read_without_any_value() -> None:
    values = with_stand_ins(declared_parameters(DEFAULT_TEMPLATE), {"RedisUrl": "redis://log"})
    assert load_template(DEFAULT_TEMPLATE, values).function("AuditSubscriber").mapping is not None
    assert values["RedisUrl"] == "redis://log"
