import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli.errors import CommandError, UsageError
from local.cli.main import read_arguments
from local.cli.serve import command
from local.paths import DEFAULT_TEMPLATE, DataDirectory
from local.serving import parts
from local.serving.errors import ServeError
from local.serving.parts import Place
from local.serving.variables import declared_parameters, with_stand_ins
from local.supervisor.lock import take_lock
from local.template import Template, load_template

VALUES = with_stand_ins(declared_parameters(DEFAULT_TEMPLATE), {"RedisUrl": "redis://log"})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(DEFAULT_TEMPLATE, DataDirectory(tmp_path), VALUES)


@pytest.fixture
def template() -> Template:
    return load_template(DEFAULT_TEMPLATE, VALUES)


@pytest.fixture
def opened() -> Iterator[dict[int, socket.socket]]:
    sockets: dict[int, socket.socket] = {}
    yield sockets
    for one in sockets.values():
        one.close()


def test_a_front_is_given_the_socket_of_each_service(
    place: Place, template: Template, opened: dict[int, socket.socket]
) -> None:
    part = parts.front(place, template, ["gateway", "claims"], listening(opened), environments=3)
    assert sorted(opened) == [8100, 8101]
    words = " ".join(part.command)
    for name, port in (("gateway", 8100), ("claims", 8101)):
        assert f"--listen {name}={opened[port].fileno()}" in words
    assert "--processes-max 3" in words
    assert part.sockets == tuple(opened.values())


@pytest.mark.parametrize(("mode", "asked"), [("required", True), ("off", False)])
def test_authorizers_are_asked_unless_the_template_is_told_otherwise(
    place: Place, template: Template, opened: dict[int, socket.socket], mode: str, asked: bool
) -> None:
    place = Place(place.template, place.data, {**VALUES, "AuthMode": mode})
    part = parts.front(place, template, ["claims"], listening(opened), environments=1)
    assert ("--auth" in part.command) is asked


def test_a_service_that_is_none_is_told_with_those_there_are(place: Place, template: Template) -> None:
    with pytest.raises(ServeError, match="no service claim; there are: gateway, claims, notification"):
        parts.front(place, template, ["claim"], listening({}), environments=1)


def test_a_poller_tells_its_health_through_its_parent(place: Place, template: Template) -> None:
    part = parts.poller(place, template.function("AuditSubscriber"))
    assert part.told_by_parent
    assert part.metrics == place.data.metrics("audit")
    assert part.metrics.is_dir()
    assert part.environment["PROMETHEUS_MULTIPROC_DIR"] == str(part.metrics)


@pytest.mark.parametrize("function", ["ClaimsFunction", "RetentionFunction"])
def test_only_a_function_with_a_mapping_is_polled_for(place: Place, template: Template, function: str) -> None:
    with pytest.raises(ServeError, match=f"{function} has no Metadata"):
        parts.poller(place, template.function(function))


def test_the_observer_is_given_its_socket_and_where_the_stores_are(
    place: Place, opened: dict[int, socket.socket]
) -> None:
    part = parts.observer(place, listening(opened))
    assert sorted(opened) == [8108]
    assert f"--fd {opened[8108].fileno()}" in " ".join(part.command)
    assert '"RedisUrl": "redis://log"' in part.environment["RECOURS_PARAMETERS"]


def test_only_a_function_with_a_schedule_is_kept_by_the_clock(place: Place, template: Template) -> None:
    with pytest.raises(ServeError, match="ClaimsFunction has no schedule"):
        parts.schedule(place, template.function("ClaimsFunction"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["poller"],
        ["schedule", "A", "B"],
        ["migrate", "claims"],
        ["observer", "claims"],
        ["claims", "--invoke", "Claims"],
    ],
)
def test_wrong_use_is_refused(arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        command(read_arguments(["serve", *arguments, "--data", str(tmp_path)]))


def test_the_variables_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith("_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    with pytest.raises(UsageError, match="serve claims needs MONGO_URL, POSTGRES_URL"):
        command(read_arguments(["serve", "claims", "--data", str(tmp_path)]))


def test_a_data_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    samples = tmp_path / "run" / "metrics" / "claims" / "counter_1.db"
    samples.parent.mkdir(parents=True)
    samples.touch()
    lock = take_lock(DataDirectory(tmp_path))
    try:
        with pytest.raises(CommandError, match="is used by another process"):
            command(read_arguments(["serve", "lab6", "--data", str(tmp_path)]))
    finally:
        os.close(lock)
    assert samples.exists()


def listening(opened: dict[int, socket.socket]) -> parts.Listen:
    def listen(port: int) -> socket.socket:
        opened[port] = socket.socket()
        return opened[port]

    return listen
