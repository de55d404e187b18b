"""The parent of a served process, with small programs in its place."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError

import pytest
from prometheus_client.values import MultiProcessValue

from local.paths import ROOT
from local.serving.errors import ServeError
from local.serving.exposition import Exposition
from local.serving.keeper import Keeper
from local.serving.listening import listen
from local.serving.log_relay import LogRelay
from local.serving.parts import Part

WAIT_S_MAX = 20.0


def program(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", textwrap.dedent(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [("raise SystemExit(0)", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
)
def test_a_keeper_ends_as_its_process_does(text: str, code: int) -> None:
    assert Keeper(Part("part", program(text))).run() == code


def test_a_process_inherits_its_sockets_and_its_variables() -> None:
    listener = listen("127.0.0.1", 0)
    text = f"""
        import os, socket
        assert socket.socket(fileno={listener.fileno()}).getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert os.environ["TOLD"] == "yes"
    """
    with listener:
        assert Keeper(Part("part", program(text), {"TOLD": "yes"}, (listener,))).run() == 0


def test_a_signal_to_the_parent_lets_the_process_finish(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = f"""
        import pathlib, signal
        signal.signal(signal.SIGTERM, lambda *_: exit(7))
        pathlib.Path({str(ready)!r}).touch()
        signal.pause()
    """
    parent = f"""
        from local.serving.keeper import Keeper
        from local.serving.parts import Part
        raise SystemExit(Keeper(Part("part", {program(child)!r})).run())
    """
    process = subprocess.Popen(program(parent), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    until(ready.exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S_MAX) == 7


def test_a_process_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = f"""
        import os, pathlib, signal
        file = pathlib.Path({str(pid_file)!r})
        file.with_suffix(".new").write_text(str(os.getpid()))
        file.with_suffix(".new").replace(file)
        signal.pause()
    """
    parent = f"""
        from local.serving.keeper import Keeper
        from local.serving.parts import Part
        Keeper(Part("part", {program(child)!r})).run()
    """
    process = subprocess.Popen(program(parent), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    until(pid_file.exists)
    process.kill()
    process.wait()
    until(lambda: not is_there(int(pid_file.read_text())))


def test_a_port_that_is_taken_is_told_by_its_address() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port}"):
            listen("127.0.0.1", port)


def test_a_relay_writes_what_is_added_in_whole_lines_and_nothing_of_before(tmp_path: Path) -> None:
    log, later, out = tmp_path / "claims.log", tmp_path / "later.log", BytesIO()
    log.write_text("before\n")
    relay = LogRelay(tmp_path, out)
    relay.start()
    with log.open("a") as file:
        file.write("one\ntwo\nhalf a li")
    later.write_text("three\n")
    relay.close()
    assert sorted(out.getvalue().splitlines()) == [b"one", b"three", b"two"]


def test_a_relay_goes_on_with_a_log_that_was_emptied(tmp_path: Path) -> None:
    log, out = tmp_path / "claims.log", BytesIO()
    relay = LogRelay(tmp_path, out)
    relay.start()
    log.write_text("a long line of before\n")
    until(lambda: b"before" in out.getvalue())
    os.truncate(log, 0)
    with log.open("a") as file:
        file.write("after\n")
    relay.close()
    assert out.getvalue().splitlines() == [b"a long line of before", b"after"]


def test_a_process_without_http_is_healthy_while_it_runs(tmp_path: Path) -> None:
    running = threading.Event()
    running.set()
    exposition = Exposition("127.0.0.1", 0, "audit poller", tmp_path, running.is_set)
    try:
        assert get(exposition, "/health") == (200, '{"status":"healthy","service":"audit poller"}')
        running.clear()
        assert get(exposition, "/health")[0] == 503
        assert get(exposition, "/other")[0] == 404
    finally:
        exposition.close()


def test_a_health_check_takes_200_for_healthy_and_nothing_else(tmp_path: Path) -> None:
    running = threading.Event()
    running.set()
    exposition = Exposition("127.0.0.1", 0, "audit poller", tmp_path, running.is_set)
    check = [sys.executable, "-IS", str(ROOT / "infra" / "images" / "healthy.py"), str(exposition.port)]
    try:
        assert subprocess.run(check).returncode == 0
        assert subprocess.run([*check, "/metrics"]).returncode == 0
        assert subprocess.run([*check, "/other"]).returncode == 1
        running.clear()
        assert subprocess.run(check).returncode == 1
    finally:
        exposition.close()
    assert subprocess.run(check).returncode == 1, "nobody listens any more"


def test_the_samples_of_all_processes_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for pid in (1, 2):
        value = MultiProcessValue(lambda pid=pid: pid)  # type: ignore[no-untyped-call]
        value("counter", "parts_total", "parts_total", ["group"], ["audit"], "Parts").inc(2)
    exposition = Exposition("127.0.0.1", 0, "audit poller", tmp_path, lambda: True)
    try:
        assert 'parts_total{group="audit"} 4.0' in get(exposition, "/metrics")[1]
    finally:
        exposition.close()


def get(exposition: Exposition, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{exposition.port}{path}", timeout=WAIT_S_MAX) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").is_dir() else True


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S_MAX
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
