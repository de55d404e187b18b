"""A gateway as a process of its own, and the functions that the tests of this folder ask it for."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from local.paths import DataDirectory
from tests.integration.emulator_process import Answer, ask, end, listening, port_of, start

PROJECT = Path(__file__).parent / "project"
SECONDS_MAX = 20.0

Found = TypeVar("Found")


class Gateway:
    """`python -m local.gateway`, started as the supervisor does: with sockets that it inherits."""

    def __init__(self, template: Path, data: Path, *services: str) -> None:
        self.template, self.data = template, DataDirectory(data)
        self._sockets = {name: listening() for name in ("gateway", *services)}
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The one that was started last."""
        return self._processes[-1]

    @property
    def port(self) -> int:
        """The gateway's own."""
        return self.port_of_service("gateway")

    def start(self, *options: str, listen: tuple[str, ...] = (), **parameters: str) -> "subprocess.Popen[bytes]":
        """Start it, by default on all sockets. Requests wait until it accepts them."""
        sockets = {name: one for name, one in self._sockets.items() if not listen or name in listen}
        arguments = ["--template", str(self.template), "--data", str(self.data.path), *options]
        arguments += ["--announce", str(self._announcement)]
        for name, one in sockets.items():
            arguments += ["--listen", f"{name}={one.fileno()}"]
        variables = {"RECOURS_PARAMETERS": json.dumps(parameters), "STRAY": "a variable of the laptop's"}
        self.data.path.mkdir(exist_ok=True)
        self._processes.append(start("local.gateway", arguments, list(sockets.values()), variables, self.log_file))
        return self.process

    def wait_ready(self) -> None:
        """Return once every function is loaded; fail with what was logged where the process ends instead."""
        eventually(self._is_settled, bool)
        assert self._announcement.exists(), self.log_file.read_text()

    def port_of_service(self, service: str) -> int:
        """A service's own."""
        return port_of(self._sockets[service])

    def ask(self, path: str, *, service: str = "gateway", **more: Any) -> Answer:
        """One request on a connection of its own, to the gateway's port or a service's."""
        return ask(self.port_of_service(service), path, **more)

    def asking(self, pool: ThreadPoolExecutor, path: str) -> "Future[Answer]":
        """The same, in a thread."""
        return pool.submit(self.ask, path)

    @property
    def log_file(self) -> Path:
        """What the gateway itself logs."""
        return self.data.path / "gateway.log"

    def log(self, environment: str) -> str:
        """What an environment's function printed, with Lambda's lines around it."""
        return self.data.log_file(environment).read_text()

    def invocations(self, function: str) -> int:
        """How many of them have begun, in all its environments."""
        logs = self.data.logs.glob(f"{function}*.log")
        return sum(file.read_text().count("START RequestId: ") for file in logs)

    def records(self) -> dict[str, Mapping[str, Any]]:
        """What `environments.json` says, by name."""
        try:
            written = json.loads(self.data.environments_file.read_text())
        except FileNotFoundError:
            return {}
        return {record["name"]: record for record in written["processes"]}

    def children(self) -> list[int]:
        """The pids of its environments."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def _is_settled(self) -> bool:
        return self._announcement.exists() or self.process.poll() is not None

    @property
    def _announcement(self) -> Path:
        return self.data.path / "ready.json"

    def close(self) -> None:
        """End what still runs; one that does not end by itself fails the test."""
        codes = [end(process) for process in self._processes if process.poll() is None]
        for one in self._sockets.values():
            one.close()
        assert all(code == 0 for code in codes), self.log_file.read_text()


class Trials:
    """A gateway before the functions of `project`, and the gates that they wait at."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        shutil.copytree(PROJECT, self.project)
        self.folder = folder / "gates"
        self.folder.mkdir()
        self.gateway = Gateway(self.project / "template.yaml", folder / "data")

    def start(self, *options: str) -> Gateway:
        """Start the gateway."""
        self.gateway.start(*options, Folder=str(self.folder))
        return self.gateway

    def begun(self, gate: str) -> list[int]:
        """The pids of the environments that wait at a gate."""
        return [int(file.name.rpartition("-")[2]) for file in self.folder.glob(f"begun-{gate}-*")]

    def await_begun(self, gate: str, count: int) -> list[int]:
        """Those pids, once there are so many."""
        pids = eventually(lambda: self.begun(gate), lambda found: len(found) >= count)
        assert len(pids) == count
        return pids

    def open(self, gate: str) -> None:
        """Let them go on."""
        (self.folder / gate).touch()


@contextmanager
def trials_in(folder: Path, *options: str) -> Iterator[Trials]:
    """A gateway that runs and is ended."""
    trials = Trials(folder)
    trials.start(*options)
    try:
        trials.gateway.wait_ready()
        yield trials
    finally:
        trials.gateway.close()


def eventually(look: Callable[[], Found], is_right: Callable[[Found], bool], seconds: float = SECONDS_MAX) -> Found:
    """Look again and again until it is right or the time is over; return what was seen last."""
    deadline_s = time.monotonic() + seconds
    while not is_right(found := look()) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return found


def is_gone(pid: int) -> bool:
    """Whether nothing runs under that id any more, no thread either: the last one closes the sockets."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE and len(os.listdir(f"/proc/{pid}/task")) == 1
    except (psutil.NoSuchProcess, FileNotFoundError):
        return True
