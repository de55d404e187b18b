"""docker-compose.yml beside the template: the same system, and nothing in the file that must not be there."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml

from local.cli.main import run
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.serving.variables import declared_parameters, with_stand_ins
from local.supervisor.plan import scheduled_functions, service_ports, stream_functions
from local.template import load_template

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PARAMETERS = declared_parameters(DEFAULT_TEMPLATE)
TEMPLATE = load_template(DEFAULT_TEMPLATE, with_stand_ins(PARAMETERS, {}))
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "recours:latest"}
LASTING = {name: service for name, service in SERVICES.items() if name != "migrate"}
NEEDED = re.compile(r"\$\{([A-Z_]+):\?")


def test_every_service_answers_on_its_own_port() -> None:
    for name, port in {"gateway": 8100, **service_ports(TEMPLATE)}.items():
        assert SERVICES[name]["command"] == ["serve", name]
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_every_mapping_has_its_poller_with_a_checkpoint_of_its_own() -> None:
    pollers = {service["command"][2]: service for service in OURS.values() if service["command"][1] == "poller"}
    assert sorted(pollers) == sorted(function.name for function in stream_functions(TEMPLATE))
    volumes = [volume for service in pollers.values() for volume in service["volumes"]]
    assert len(set(volumes)) == len(pollers)
    assert all(volume.endswith(":/data") for volume in volumes)


def test_every_schedule_is_kept_once() -> None:
    kept = [service["command"][2] for service in OURS.values() if service["command"][1] == "schedule"]
    assert sorted(kept) == sorted(function.name for function in scheduled_functions(TEMPLATE))


def test_every_parameter_without_a_default_is_given() -> None:
    needed = {one.variable for one in PARAMETERS if one.default is None}
    secrets = {one.variable for one in PARAMETERS if one.is_secret}
    for service in OURS.values():
        assert needed | secrets <= service["environment"].keys()


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len({port.split(":")[1] for port in ports}) == len(ports)
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", sorted(LASTING))
def test_what_lasts_is_looked_after(name: str) -> None:
    service = LASTING[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_can_write_nowhere_but_where_they_must(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    places = [*service["tmpfs"], *(volume.split(":", 1)[1] for volume in service.get("volumes", []))]
    assert sorted(place.partition(":")[0] for place in places) == ["/data", "/tmp"]


def test_what_is_waited_for_is_there_and_tells_its_health() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            is_over = wanted["condition"] == "service_completed_successfully"
            assert is_over or "healthcheck" in SERVICES[name]


def test_every_named_volume_is_declared_and_used() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "/"))
    }
    assert used == set(COMPOSE["volumes"])


def test_every_file_that_is_mounted_is_there_or_made() -> None:
    made = "./.recours/compose/metrics-token"
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or source == made or (ROOT / source).exists()


def test_the_log_is_configured_by_the_file_that_the_laptop_uses() -> None:
    assert "./infra/valkey/valkey.conf:/etc/valkey/valkey.conf:ro" in SERVICES["valkey"]["volumes"]
    assert SERVICES["valkey"]["command"][:2] == ["valkey-server", "/etc/valkey/valkey.conf"]
    assert not {"--appendonly", "--appendfsync", "--save"} & set(SERVICES["valkey"]["command"])


def test_no_password_stands_in_the_file() -> None:
    values = re.findall(r"^ *\w*(?:PASSWORD|SECRET|AUTH)\w*: (.+)", TEXT, re.MULTILINE)
    assert values
    assert all(value.startswith("${") for value in values)
    assert not re.search(r"://[^/\s:@]*:[^$\s@/][^\s@/]*@", TEXT)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="make-env.sh needs openssl")
class TestMakeEnv:
    """infra/compose/make-env.sh in a folder of its own."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        (tmp_path / "infra" / "compose").mkdir(parents=True)
        shutil.copy(ROOT / "infra" / "compose" / "make-env.sh", tmp_path / "infra" / "compose")
        return tmp_path

    def test_it_makes_all_that_compose_needs_and_nobody_else_can_read_it(self, clone: Path) -> None:
        made = values_of(make_env(clone))
        assert set(NEEDED.findall(TEXT)) == set(made)
        assert len(set(made.values())) == len(made)
        assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in made.values())
        assert (clone / ".env").stat().st_mode & 0o077 == 0

    def test_a_second_run_changes_nothing(self, clone: Path) -> None:
        first, token = make_env(clone), metrics_token(clone)
        assert make_env(clone) == first
        assert metrics_token(clone) == token

    def test_it_adds_what_is_missing_to_what_is_there(self, clone: Path) -> None:
        (clone / ".env").write_text("AUTH_MODE=off\nJWT_SECRET=ours\n")
        made = values_of(make_env(clone))
        assert made["JWT_SECRET"] == "ours"
        assert made["AUTH_MODE"] == "off"

    def test_prometheus_gets_a_token_of_a_service(self, clone: Path) -> None:
        secret = values_of(make_env(clone))["SERVICE_TOKEN_SECRET"]
        claims = jwt.decode(metrics_token(clone), secret, ["HS256"], options={"require": ["exp", "iss", "sub"]})
        assert (claims["iss"], claims["sub"], claims["role"]) == ("recours", "prometheus", "service")

    def test_a_person_gets_a_token_by_the_command_for_it(self, clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
        secret = values_of(make_env(clone))["JWT_SECRET"]
        assert run(["token", "--role", "agent", "--data", str(clone / ".recours" / "compose")]) == 0
        assert jwt.decode(capsys.readouterr().out.strip(), secret, ["HS256"])["role"] == "agent"

    def test_a_new_token_is_made_when_asked_for(self, clone: Path) -> None:
        make_env(clone)
        (clone / ".recours" / "compose" / "metrics-token").write_text("old")
        make_env(clone, "--new-token")
        assert metrics_token(clone).count(".") == 2

    def test_wrong_use_is_told(self, clone: Path) -> None:
        done = subprocess.run(["sh", script(clone), "--help"], capture_output=True, text=True)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: ")


def make_env(clone: Path, *arguments: str) -> str:
    subprocess.run(["sh", script(clone), *arguments], check=True, capture_output=True, env=dict(os.environ))
    return (clone / ".env").read_text()


def script(clone: Path) -> str:
    return str(clone / "infra" / "compose" / "make-env.sh")


def metrics_token(clone: Path) -> str:
    return (clone / ".recours" / "compose" / "metrics-token").read_text()


def values_of(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())
