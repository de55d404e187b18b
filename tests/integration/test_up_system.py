"""`up`, `status`, `logs`, `invoke` and `down`, on a system that really runs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.servers import prepare
from local.servers.ports import free_port
from local.servers.probes import mongo_answers, postgres_answers, valkey_answers
from tests.integration.up_system import CODE, ROOT, System, alive, make_system, until


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that is up."""
    system = make_system(tmp_path_factory.mktemp("up"))
    started = system.up()
    assert started.code == 0, started.err
    yield system
    assert system.run("down").code == 0


@pytest.fixture
def other(tmp_path: Path) -> Iterator[System]:
    """A system that is not up yet."""
    system = make_system(tmp_path)
    yield system
    system.run("down")


def get_health(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
        body: dict[str, object] = json.load(answer)
        return body


def ready_pids(system: System, *names: str) -> list[int]:
    """Return the pids of these processes, once all of them are ready."""

    def records() -> list[dict[str, object]]:
        status = system.status()
        return [status[name] for name in names]

    assert until(lambda: all(record["state"] == "ready" for record in records())), system.run("logs").out
    return [int(str(record["pid"])) for record in records()]


def test_status_lists_every_process_with_its_own_pid(system: System) -> None:
    status = system.status()
    assert {name: record["kind"] for name, record in status.items()} == {
        "valkey": "server",
        "mongo": "server",
        "postgres": "server",
        "mailcatcher": "service",
        "lab6": "service",
        "hello-1": "service",
        "hello-2": "service",
        "hello-poller": "poller",
        "hello-schedule": "poller",
        "observer": "service",
        "gateway": "gateway",
    }
    assert all(set(record) == {"name", "kind", "pid", "port", "state", "restarts"} for record in status.values())
    assert len({record["pid"] for record in status.values()}) == len(status)
    waited_for = {record["state"] for name, record in status.items() if name != "observer"}
    assert waited_for == {"ready"}


def test_a_function_is_given_the_address_of_the_running_log(system: System) -> None:
    port = system.port("valkey")
    assert get_health(system.port("hello-1"))["redis_url"] == f"redis://127.0.0.1:{port}/0"


@pytest.mark.parametrize(
    "name",
    [
        "valkey",
        "mongo",
        "postgres",
        "mailcatcher",
        "lab6",
        "hello-1",
        "hello-2",
        "hello-poller",
        "hello-schedule",
        "observer",
        "gateway",
    ],
)
def test_any_process_that_is_killed_comes_back_by_itself_on_its_port(system: System, name: str) -> None:
    (pid,) = ready_pids(system, name)
    before = system.status()[name]
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: system.status()[name]["restarts"] != before["restarts"])
    assert until(lambda: system.status()[name]["state"] == "ready"), system.run("logs", name).out
    after = system.status()[name]
    assert after["port"] == before["port"]
    assert after["pid"] != pid


@pytest.mark.parametrize("name", ["valkey", "mongo", "postgres"])
def test_a_server_that_was_killed_answers_again(system: System, name: str) -> None:
    (pid,) = ready_pids(system, name)
    port = system.port(name)
    os.kill(pid, signal.SIGKILL)
    answers = {
        "valkey": lambda: valkey_answers(port),
        "mongo": lambda: mongo_answers(port),
        "postgres": lambda: postgres_answers(port, "recours", "recours"),
    }[name]
    assert until(lambda: not alive([pid]))
    assert until(answers)


def test_while_a_service_starts_again_requests_wait_and_none_is_refused(system: System) -> None:
    killed = ready_pids(system, "hello-1", "hello-2")
    port = system.port("hello-1")
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not alive(killed))
    assert get_health(port)["pid"] not in killed


def test_a_gateway_that_was_killed_comes_back_with_its_environments_and_none_is_left_over(system: System) -> None:
    names = ("gateway", "hello-1", "hello-2")
    old, port = ready_pids(system, *names), system.port("hello-1")
    os.kill(old[0], signal.SIGKILL)
    assert get_health(port)["pid"] not in old
    assert until(lambda: not alive(old))
    assert set(ready_pids(system, *names)).isdisjoint(old)


def test_a_second_up_says_where_the_first_is(system: System) -> None:
    before = system.pids()
    again = system.up()
    assert again.code == 0
    assert "already up" in again.out
    assert f"http://127.0.0.1:{system.port('gateway')}" in again.out
    assert system.pids() == before


def test_a_second_up_without_detach_fails_instead_of_returning_as_if_it_had_run(system: System) -> None:
    again = system.run("up", "--ports", "free", "--template", str(system.template))
    assert again.code == 1
    assert "already up" in again.out


def test_logs_are_there_by_service_and_by_process(system: System) -> None:
    assert system.run("logs", "hello").code == 0
    shown = system.run("logs", "postgres", "-n", "1").out.splitlines()
    assert len([line for line in shown if not line.startswith(" ")]) == 1, shown  # PostgreSQL may tell more of it
    missing = system.run("logs", "nobody")
    assert missing.code == 1
    assert "hello-1" in missing.err


def test_following_a_log_shows_what_is_added(system: System) -> None:
    file = system.data / "logs" / "gateway.log"
    command = system.command("logs", "gateway", "-f", "-n", "0", "--raw")
    follow = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert follow.stdout is not None
        time.sleep(1.0)
        with file.open("a") as log:
            log.write("a line that the test adds\n")
        assert follow.stdout.readline() == b"a line that the test adds\n"
    finally:
        follow.kill()
        follow.wait()


def test_invoke_runs_a_function_against_the_running_system(system: System) -> None:
    arguments = ["invoke", "HelloFunction", "--event", "-", "--template", str(system.template)]
    done = system.run(*arguments, input="{}")
    assert done.code == 0, done.err
    assert json.loads(json.loads(done.out)["body"])["redis_url"].endswith(f":{system.port('valkey')}/0")


def test_nobody_else_reads_the_passwords(system: System) -> None:
    secrets = [system.data / "run" / "state.json", system.data / "secrets" / "postgres-password"]
    assert [oct(file.stat().st_mode & 0o777) for file in secrets] == ["0o600", "0o600"]
    password = secrets[1].read_text()
    assert password not in (system.data / "logs" / "supervisor.log").read_text()


def test_nobody_else_reads_claims_mails_and_logs(system: System) -> None:
    folders = [system.data / name for name in ("logs", "mail", "mongo", "valkey", "run")]
    assert [folder.stat().st_mode & 0o077 for folder in folders] == [0] * 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_supervisor_leaves_nothing_and_the_next_up_works_on_its_data(other: System) -> None:
    assert other.up().code == 0
    pids = other.pids()
    servers = [psutil.Process(pid) for pid in pids]
    backends = [child.pid for server in servers for child in server.children(recursive=True)]
    os.kill(pids[0], signal.SIGKILL)
    assert until(lambda: alive(pids + backends) == []), alive(pids + backends)
    assert other.run("status", "--json").out == "[]\n"
    assert other.up().code == 0
    assert get_health(other.port("hello-1"))["pid"] not in pids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_foreground_up_stops_everything_at_a_signal(other: System, number: signal.Signals) -> None:
    command = other.command("up", "--ports", "free", "--template", str(other.template))
    up = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert up.stdout is not None
    assert any("Recours is up" in line for line in up.stdout)
    pids = other.pids()
    up.send_signal(number)
    rest = up.stdout.read()
    assert up.wait(30) == 0
    assert "is down" in rest
    assert alive(pids) == []


def test_an_up_that_is_stopped_half_way_leaves_nothing(other: System) -> None:
    command = other.command("up", "--ports", "free", "--template", str(other.template))
    for half_way in ("", "valkey ready", "migrations ready"):
        up = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert up.stdout is not None
        assert not half_way or any(half_way in line for line in up.stdout)
        children = [child.pid for child in psutil.Process(up.pid).children(recursive=True)]
        up.send_signal(signal.SIGTERM)
        up.stdout.read()
        assert up.wait(40) != 0
        assert alive(children) == []


def test_down_waits_until_all_is_gone_and_may_be_repeated(other: System) -> None:
    assert other.up().code == 0
    pids = other.pids()
    down = other.run("down")
    assert (down.code, down.out) == (0, "Recours is down.\n")
    assert alive(pids) == []
    again = other.run("down")
    assert again.code == 0
    assert "Nothing is up" in again.out
    assert other.run("status").code == 1


def test_a_port_that_is_taken_is_named_with_who_has_it(tmp_path: Path) -> None:
    port = free_port()
    system = make_system(tmp_path, port=port)
    with socket.create_server(("127.0.0.1", port)):
        refused = system.run("up", "--detach", "--template", str(system.template))
    assert refused.code == 1
    assert f"port {port} (hello) is taken by pid {os.getpid()}" in refused.err
    assert "--ports free" in refused.err
    assert refused.err.count("\n") == 1


def test_a_function_that_cannot_be_imported_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    system = make_system(tmp_path, code="import nothing_of_that_name\n")
    failed = system.up()
    assert failed.code == 1
    assert failed.err.startswith(("recours: gateway ", "recours: hello-"))  # whoever of them was the first to try
    assert "nothing_of_that_name" in failed.err
    assert system.run("status", "--json").out == "[]\n"
    assert not (system.data / "run" / "state.json").exists()


def test_a_subscriber_that_cannot_be_loaded_is_told_too(tmp_path: Path) -> None:
    system = make_system(tmp_path, code=CODE.replace("def on_batch", "def on_another_batch"))
    failed = system.up()
    assert failed.code == 1
    assert "recours: hello-poller" in failed.err
    assert "Handler 'on_batch' missing on module 'hello'" in failed.err


def test_external_servers_are_used_and_not_started(
    other: System, redis_url: str, mongo_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, url in {"REDIS_URL": redis_url, "MONGO_URL": mongo_url, "POSTGRES_URL": postgres_url}.items():
        monkeypatch.setenv(name, url)
    started = other.up("--external")
    assert started.code == 0, started.err
    assert "postgresql://recours:***@" in started.out
    assert "server" not in {record["kind"] for record in other.status().values()}
    assert get_health(other.port("hello-1"))["redis_url"] == redis_url


def test_external_servers_that_do_not_answer_are_named(other: System, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, scheme in {"REDIS_URL": "redis", "MONGO_URL": "mongodb", "POSTGRES_URL": "postgresql"}.items():
        monkeypatch.setenv(name, f"{scheme}://127.0.0.1:{free_port()}/")
    failed = other.up("--external")
    assert failed.code == 1
    assert "nothing answers at 127.0.0.1:" in failed.err


def test_external_without_addresses_is_wrong_use(other: System, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_URL", "MONGO_URL", "POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)
    refused = other.up("--external")
    assert refused.code == 2
    assert "REDIS_URL, MONGO_URL, POSTGRES_URL" in refused.err


def test_a_server_knows_its_data_directory_again_whatever_its_port(tmp_path: Path) -> None:
    specs = [prepare("postgres", tmp_path, free_port()) for _ in range(2)]
    for spec in specs:
        for fd in spec.pass_fds:
            os.close(fd)
    passwords = {spec.url.split("@")[0] for spec in specs}
    assert len(passwords) == 1
