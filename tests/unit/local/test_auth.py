"""The laptop's secret, and tokens that the authorizer believes."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.authorizer import bootstrap
from handlers.access import ROLES
from handlers.tokens import ServiceToken
from local.auth.parameters import auth_parameters
from local.auth.secret import known_secret, laptop_secret, service_secret
from local.cli.main import run
from local.cli.token_options import ROLES as ROLES_OF_THE_COMMAND
from local.paths import DataDirectory


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    bootstrap.verifier.cache_clear()
    yield
    bootstrap.verifier.cache_clear()


def test_the_secret_is_made_once_and_for_its_owner_alone(data: DataDirectory) -> None:
    assert known_secret(data) is None
    secret = laptop_secret(data)
    assert len(secret) >= 43
    assert laptop_secret(data) == known_secret(data) == secret
    (file,) = (data.path / "secrets").iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("jwt", 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_however_many_ask_at_once_all_have_the_same(data: DataDirectory) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: laptop_secret(data), range(64)))
    assert len(secrets) == 1
    assert [file.name for file in (data.path / "secrets").iterdir()] == ["jwt"]


def test_every_data_directory_has_its_own_and_services_have_another(data: DataDirectory, tmp_path: Path) -> None:
    other = DataDirectory(tmp_path / "other")
    secrets = [laptop_secret(data), laptop_secret(other), service_secret(data), service_secret(other)]
    assert len(set(secrets)) == 4
    assert service_secret(data) == service_secret(data)


def test_up_is_given_what_the_authorizer_and_the_services_need(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = auth_parameters(data)
    assert given["AuthMode"] == "required"
    monkeypatch.setenv("JWT_SECRET", given["JwtSecret"])
    monkeypatch.setenv("SERVICE_TOKEN_SECRET", given["ServiceTokenSecret"])
    token = ServiceToken("integration", given["ServiceTokenSecret"])()
    assert bootstrap.verifier().identity(token).role == "service"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--role", "agent"], ("agent", "agent", None, "agent")),
        (["--role", "agent", "--agent", "agent_smith"], ("agent", "agent_smith", None, "agent_smith")),
        (["--role", "agent", "--agent", "a1", "--sub", "john"], ("agent", "john", None, "a1")),
        (["--role", "customer", "--customer", "cust_7"], ("customer", "cust_7", "cust_7", None)),
        (["--role", "customer", "--sub", "cust_8"], ("customer", "cust_8", "cust_8", None)),
        (["--role", "auditor", "--hours", "0.5"], ("auditor", "auditor", None, None)),
    ],
)
def test_a_printed_token_is_believed(
    data: DataDirectory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    told: tuple[str | None, ...],
) -> None:
    monkeypatch.setenv("JWT_SECRET", laptop_secret(data))
    assert run(["token", *options, "--data", str(data.path)]) == 0
    (token,) = capsys.readouterr().out.splitlines()
    identity = bootstrap.verifier().identity(token)
    assert (identity.role, identity.sub, identity.customer_id, identity.agent_id) == told


def test_where_nothing_was_started_with_auth_it_says_what_to_do(
    data: DataDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["token", "--role", "agent", "--data", str(data.path)]) == 1
    assert "./recours up --auth" in capsys.readouterr().err
    assert not data.path.exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--role", "customer"],
        ["--role", "agent", "--customer", "cust_7"],
        ["--role", "supervisor", "--agent", "a"],
    ],
)
def test_ids_that_do_not_fit_the_role_are_wrong_use(
    data: DataDirectory, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    laptop_secret(data)
    assert run(["token", *options, "--data", str(data.path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "options",
    [[], ["--role", "root"], ["--role", "agent", "--hours", "0"], ["--role", "agent", "--hours", "nan"],
     ["--role", "agent", "--hours", "inf"], ["--role", "agent", "--sub", ""], ["--role", "agent", "--sub", "a\nb"]],
)  # fmt: skip
def test_what_cannot_be_read_is_wrong_use(options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["token", *options])
    assert ended.value.code == 2


def test_the_command_knows_every_role() -> None:
    assert ROLES_OF_THE_COMMAND == ROLES
