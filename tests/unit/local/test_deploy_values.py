"""Where `deploy` has the values of parameters from, and that nobody sees the secret ones."""

from pathlib import Path

import pytest

from local.deploying.errors import DeployError
from local.deploying.values import masked, parameter_values
from local.serving.variables import Parameter

URL, LEVEL, COUNT = (
    Parameter("RedisUrl", None, True),
    Parameter("Level", "INFO", False),
    Parameter("Count", None, False),
)
ALL = (URL, LEVEL, COUNT)


def test_an_option_comes_before_the_file_and_the_file_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    file.write_text('{"RedisUrl": "of the file", "Count": 3}')
    values = parameter_values(ALL, ["RedisUrl=of=the option"], file, {"REDIS_URL": "of the environment", "COUNT": "9"})
    assert values == {"RedisUrl": "of=the option", "Count": "3"}


def test_the_environment_gives_only_what_has_no_default() -> None:
    values = parameter_values(ALL, [], None, {"REDIS_URL": "redis://log", "COUNT": "1", "LEVEL": "DEBUG"})
    assert values == {"RedisUrl": "redis://log", "Count": "1"}


def test_the_environment_changes_nothing_that_the_stack_knows_already() -> None:
    assert parameter_values(ALL, [], None, {"REDIS_URL": "redis://laptop"}, known={"RedisUrl", "Count"}) == {}


def test_one_error_names_all_that_is_missing() -> None:
    with pytest.raises(DeployError, match=r"RedisUrl \(REDIS_URL\), Count \(COUNT\)"):
        parameter_values(ALL, ["Level=DEBUG"], None, {"REDIS_URL": ""})


def test_a_name_that_the_template_does_not_declare_is_refused() -> None:
    with pytest.raises(DeployError, match="no parameter RedisURL; it has: Count, Level, RedisUrl"):
        parameter_values(ALL, ["RedisURL=x"], None, {})


def test_an_option_without_a_name_is_not_repeated_in_the_error() -> None:
    with pytest.raises(DeployError) as caught:
        parameter_values(ALL, ["redis://:hunter2@log"], None, {})
    assert "hunter2" not in str(caught.value)


def test_a_file_of_lines_may_name_parameters_or_variables(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# where the log is\nexport REDIS_URL='redis://log/0?a=b'\n\nCount = 2\n")
    assert parameter_values(ALL, [], file, {}) == {"RedisUrl": "redis://log/0?a=b", "Count": "2"}


@pytest.mark.parametrize("text", ['{"RedisUrl": "hunter2"', '{"RedisUrl": ["hunter2"]}', "RedisUrl hunter2"])
def test_a_file_that_cannot_be_read_is_refused_without_its_text(tmp_path: Path, text: str) -> None:
    file = tmp_path / "values"
    file.write_text(text)
    with pytest.raises(DeployError) as caught:
        parameter_values(ALL, [], file, {})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.__cause__)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(DeployError, match="nowhere cannot be read"):
        parameter_values(ALL, [], Path("nowhere"), {})


def test_secret_values_are_masked_in_texts_and_others_are_not() -> None:
    text = masked("redis://:a@log refused, Count 7", ALL, {"RedisUrl": "redis://:a@log", "Count": "7"})
    assert text == "**** refused, Count 7"
