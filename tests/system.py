"""A whole system of a test's own: free ports, a data directory that goes away, stopped at the end whatever happens."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx

from local.paths import ROOT
from local.state import data_directory, running_state

START_SECONDS_MAX, STOP_SECONDS_MAX = 120, 120
_LOG_BYTES_SHOWN = 4_000

Found = TypeVar("Found")


@dataclass(frozen=True)
class Process:
    """One process as `./recours status --json` lists it."""

    name: str
    kind: str
    pid: int | None
    port: int | None
    state: str
    restarts: int


@dataclass(frozen=True)
class RunningSystem:
    """A system that is up on `data`."""

    data: Path

    def processes(self) -> list[Process]:
        """What `status --json` says now."""
        answer = run_recours("status", "--json", "--data", str(self.data))
        return [Process(**record) for record in json.loads(answer.stdout)]

    def process(self, name: str) -> Process:
        """One of them. Raises LookupError that names those there are."""
        processes = {process.name: process for process in self.processes()}
        if name not in processes:
            raise LookupError(f"no process {name}; there are {', '.join(processes)}")
        return processes[name]

    def url(self, name: str) -> str:
        """Where a service (`claims`), `gateway`, `mail` or a server (`redis`) is."""
        state = running_state(data_directory(self.data))
        assert state is not None, f"nothing is up in {self.data}"
        return state.urls[name]

    def kill(self, name: str) -> int:
        """`kill -9` that one process, by its pid; return the pid."""
        pid = self.process(name).pid
        assert pid is not None, f"{name} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    def log(self, name: str) -> str:
        """The end of a process's log, for the message of a failed test."""
        text = (self.data / "logs" / f"{name}.log").read_text(errors="replace")
        return text[-_LOG_BYTES_SHOWN:]

    def caught(self, kind: str) -> list[dict[str, Any]]:
        """All that the mail catcher has: `messages` (e-mails) or `sms`."""
        answer = httpx.get(f"{self.url('mail')}/{kind}", params={"limit": 10_000}, timeout=60)
        answer.raise_for_status()
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def empty_mail_catcher(self) -> None:
        """Forget all that was caught."""
        httpx.delete(f"{self.url('mail')}/messages", timeout=60).raise_for_status()


@contextmanager
def running_system(*options: str) -> Iterator[RunningSystem]:
    """Start a system in a directory of its own, with these `options` of `up`; stop it and delete it all at the end."""
    with TemporaryDirectory(prefix="recours-system-") as directory:
        data = Path(directory) / "data"
        try:
            arguments = ["up", "--detach", "--ports", "free", "--data", str(data), *options]
            check(run_recours(*arguments, seconds_max=START_SECONDS_MAX))
            yield RunningSystem(data)
        finally:
            check(run_recours("down", "--data", str(data), seconds_max=STOP_SECONDS_MAX))


def recours_command(*arguments: str) -> list[str]:
    """What `./recours` runs, without its look at the requirements."""
    return [sys.executable, "-m", "local", *arguments]


def run_recours(*arguments: str, seconds_max: float = 30) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; its exit code is the caller's to judge."""
    return subprocess.run(
        recours_command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=seconds_max, check=False
    )


def check(done: subprocess.CompletedProcess[str]) -> None:
    """Fail with all that was said unless the command succeeded."""
    said = f"{done.stdout}\n{done.stderr}".strip()
    assert done.returncode == 0, f"{' '.join(map(str, done.args))} ended with {done.returncode}:\n{said}"


def eventually(look: Callable[[], Found], is_right: Callable[[Found], bool], seconds_max: float) -> Found:
    """Look again and again until it is right or the time is over; return what was seen last."""
    deadline = time.monotonic() + seconds_max
    while not is_right(found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
