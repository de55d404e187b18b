"""Settings that name a secret of AWS Secrets Manager, against moto's stand-in for it."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from moto import mock_aws
from pydantic import BaseModel, SecretStr

from handlers import secrets
from handlers.secrets import fetch_secret, is_secret_arn
from handlers.settings import SettingsError, read_settings

ARN = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:nothing-AbCdEf"


class Settings(BaseModel, frozen=True):
    mongo_url: SecretStr
    jwt_secret: SecretStr | None = None
    label: str = ""


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        secrets._provider.cache_clear()
        yield import_module("boto3").client("secretsmanager", region_name="eu-west-3")
    secrets._provider.cache_clear()


def kept(manager: Any, name: str, text: str) -> str:
    """The ARN of a new secret."""
    arn: str = manager.create_secret(Name=name, SecretString=text)["ARN"]
    return arn


def test_a_secret_is_read_by_its_arn(manager: Any) -> None:
    arn = kept(manager, "mongo", "mongodb://user:password@host")
    settings = read_settings(Settings, {"MONGO_URL": arn})
    assert settings.mongo_url.get_secret_value() == "mongodb://user:password@host"
    assert "password" not in repr(settings)


def test_a_field_of_a_secret_is_read_by_its_name(manager: Any) -> None:
    arn = kept(manager, "all", '{"mongo": "mongodb://one", "jwt": "two", "port": 5432, "none": null}')
    settings = read_settings(Settings, {"MONGO_URL": f"{arn}#mongo", "JWT_SECRET": f"{arn}#jwt"})
    assert settings.jwt_secret is not None
    assert (settings.mongo_url.get_secret_value(), settings.jwt_secret.get_secret_value()) == ("mongodb://one", "two")
    assert fetch_secret(f"{arn}#port") == "5432"


def test_a_secret_is_asked_for_once_in_the_life_of_a_process(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = kept(manager, "once", '{"a": "1", "b": "2"}')
    asked: list[str] = []
    client = secrets._provider("eu-west-3").client
    get = client.get_secret_value

    def counted(**named: Any) -> Any:
        asked.append(named["SecretId"])
        return get(**named)

    monkeypatch.setattr(client, "get_secret_value", counted)
    assert [fetch_secret(f"{arn}#{key}") for key in "abab"] == ["1", "2", "1", "2"]
    assert asked == [arn]


@pytest.mark.parametrize(
    ("text", "key"), [("plain", "#a"), ('{"a": null}', "#a"), ('{"a": {}}', "#a"), ("{}", "#a"), ("[1]", "#a")]
)
def test_a_field_that_is_not_there_is_told_without_the_secret(manager: Any, text: str, key: str) -> None:
    arn = kept(manager, "fields", text)
    with pytest.raises(
        SettingsError, match=r"MONGO_URL cannot be had: .*is no JSON object with a text under a"
    ) as told:
        read_settings(Settings, {"MONGO_URL": arn + key})
    assert "plain" not in str(told.value)


def test_a_secret_that_is_not_there_is_named(manager: Any) -> None:
    with pytest.raises(SettingsError, match=f"MONGO_URL cannot be had: {ARN}: there is no such secret"):
        read_settings(Settings, {"MONGO_URL": ARN})


def test_a_role_that_may_not_is_told_what_it_needs(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = import_module("botocore.exceptions").ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetSecretValue"
    )

    def refuse(**_named: Any) -> None:
        raise denied

    monkeypatch.setattr(secrets._provider("eu-west-3").client, "get_secret_value", refuse)
    with pytest.raises(
        SettingsError, match="the function's role may not read it: it needs secretsmanager:GetSecretValue"
    ):
        read_settings(Settings, {"MONGO_URL": ARN})


def test_only_settings_that_are_kept_secret_are_fetched() -> None:
    assert read_settings(Settings, {"MONGO_URL": "x", "LABEL": ARN}).label == ARN


@pytest.mark.parametrize("text", ["", "mongodb://arn:aws:secretsmanager", "arn:aws:s3:::bucket", f"{ARN} ", f"{ARN}#"])
def test_what_is_no_arn_of_a_secret_is_the_value_itself(text: str) -> None:
    assert not is_secret_arn(text)


def test_an_arn_of_any_partition_names_a_secret() -> None:
    assert is_secret_arn(ARN.replace("arn:aws:", "arn:aws-cn:"))


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read_settings(Settings, {"MONGO_URL": "x", "JWT_SECRET": ""}).jwt_secret is None
    with pytest.raises(SettingsError, match="MONGO_URL"):
        read_settings(Settings, {"MONGO_URL": ""})


def test_without_an_arn_boto3_is_never_loaded() -> None:
    program = (
        "import sys, handlers.settings, pydantic\n"
        "class S(pydantic.BaseModel): url: pydantic.SecretStr\n"
        "handlers.settings.read_settings(S, {'URL': 'redis://x'})\n"
        "sys.exit('boto3' in sys.modules or 'aws_lambda_powertools.utilities.parameters' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=False).returncode
        == 0
    )
