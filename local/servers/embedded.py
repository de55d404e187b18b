"""Embedded servers for as long as a `with` block lasts. Tests use this; `./recours up` has the supervisor."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.servers.ports import free_port
from local.servers.preparing import prepare
from local.servers.spec import ServerError, ServerName, ServerSpec, spawn

_READY_SECONDS_MAX = 60.0
_STOP_SECONDS_MAX = 15.0
_POLL_SECONDS = 0.02
_ATTEMPTS = 3


@dataclass(frozen=True)
class ServerUrls:
    """Where the three servers answer."""

    redis_url: str
    mongo_url: str
    postgres_url: str


@contextmanager
def embedded_servers(directory: Path) -> Iterator[ServerUrls]:
    """Run all three servers with their data below `directory`, each on a free port; stop them at the end."""
    with ExitStack() as stack:
        urls = [stack.enter_context(embedded_server(name, directory)) for name in ("valkey", "mongo", "postgres")]
        yield ServerUrls(*urls)


@contextmanager
def embedded_server(name: ServerName, directory: Path) -> Iterator[str]:
    """Run one server and yield its URL. Raises ServerError when it does not get ready.

    Enter it from the main thread: the server dies with the thread that started it.
    """
    spec, process = _start(name, directory)
    try:
        yield spec.url
    finally:
        _stop(spec, process)


def _start(name: ServerName, directory: Path) -> tuple[ServerSpec, "subprocess.Popen[bytes]"]:
    """Start on a free port, and again on another one should somebody have been quicker to take it."""
    for attempt in range(_ATTEMPTS):
        spec = prepare(name, directory, free_port())
        process = _spawn_logged(spec, directory)
        try:
            _wait_ready(spec, process, directory)
        except ServerError:
            _stop(spec, process)
            if attempt == _ATTEMPTS - 1 or "in use" not in _log_end(spec, directory):
                raise
        except BaseException:
            _stop(spec, process)
            raise
        else:
            return spec, process
    raise AssertionError("unreachable")


def _spawn_logged(spec: ServerSpec, directory: Path) -> "subprocess.Popen[bytes]":
    file = _log_file(spec, directory)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as log:
        return spawn(spec, log)


def _wait_ready(spec: ServerSpec, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while not spec.is_ready():
        if process.poll() is not None:
            raise ServerError(f"{spec.name} ended with {process.returncode}:\n{_log_end(spec, directory)}")
        if time.monotonic() > deadline:
            raise ServerError(
                f"{spec.name} is not ready after {_READY_SECONDS_MAX:.0f} s:\n{_log_end(spec, directory)}"
            )
        time.sleep(_POLL_SECONDS)


def _stop(spec: ServerSpec, process: "subprocess.Popen[bytes]") -> None:
    """Shut down cleanly, or for good when that takes too long."""
    if process.poll() is None:
        process.send_signal(spec.stop_signal)
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.send_signal(spec.death_signal)
            process.wait()
    for fd in spec.pass_fds:
        os.close(fd)


def _log_file(spec: ServerSpec, directory: Path) -> Path:
    return directory / "logs" / f"{spec.name}.log"


def _log_end(spec: ServerSpec, directory: Path) -> str:
    return "\n".join(_log_file(spec, directory).read_text(errors="replace").splitlines()[-15:])
