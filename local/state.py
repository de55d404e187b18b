"""Who runs: the state file of one data directory, written by its supervisor and read by every other command."""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from local.paths import DataDirectory

Kind = Literal["server", "service", "poller", "gateway"]
ProcessState = Literal["starting", "ready", "restarting", "stopping", "stopped", "dead"]
Phase = Literal["starting", "ready", "stopping"]

# The kernel's clock ticks are 10 ms; a pid does not come round again within them.
_SAME_START_SECONDS = 0.05


@dataclass(frozen=True)
class ProcessRecord:
    """One process. `create_time` (seconds since the epoch) tells it from a later one with the same pid."""

    name: str
    kind: Kind
    pid: int | None
    create_time: float | None
    port: int | None
    state: ProcessState
    restarts: int = 0

    def is_alive(self) -> bool:
        """Whether this very process, and not another one with its pid, still runs."""
        return self.pid is not None and self.create_time is not None and is_same_process(self.pid, self.create_time)


@dataclass(frozen=True)
class SystemState:
    """A running system: its supervisor, its processes, and what stands where.

    `external`: the servers are somebody else's, and so are the passwords in their URLs.
    """

    pid: int
    create_time: float
    phase: Phase
    urls: dict[str, str] = field(default_factory=dict)
    processes: tuple[ProcessRecord, ...] = ()
    external: bool = False

    def is_alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return is_same_process(self.pid, self.create_time)


def is_same_process(pid: int, create_time: float) -> bool:
    """Tell whether the process that started at `create_time` still runs under `pid` (a zombie does not)."""
    try:
        process = psutil.Process(pid)
        started = abs(process.create_time() - create_time) < _SAME_START_SECONDS
        return started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def create_time_of(pid: int) -> float | None:
    """Return when the process started, in seconds since the epoch; None when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def write_state(data: DataDirectory, state: SystemState) -> None:
    """Replace the state file as one step. It holds URLs with passwords, so only its owner reads it."""
    unfinished = data.state_file.with_suffix(f".{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=1)
    unfinished.replace(data.state_file)


def read_state(data: DataDirectory) -> SystemState | None:
    """Return what the last supervisor wrote, whether it still runs or not; None when there is nothing readable."""
    try:
        raw = json.loads(data.state_file.read_text())
        processes = tuple(ProcessRecord(**record) for record in raw.pop("processes"))
        return SystemState(**raw, processes=processes + read_environments(data))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        print(f"recours: {data.state_file} is not readable ({error}); taken as not there", file=sys.stderr)
        return None


def read_environments(data: DataDirectory) -> tuple[ProcessRecord, ...]:
    """Return what the gateway last wrote of its execution environments; none where it wrote nothing readable."""
    try:
        return tuple(ProcessRecord(**record) for record in json.loads(data.environments_file.read_text())["processes"])
    except FileNotFoundError:
        return ()
    except (ValueError, TypeError, KeyError) as error:
        print(f"recours: {data.environments_file} is not readable ({error}); taken as not there", file=sys.stderr)
        return ()


def running_state(data: DataDirectory) -> SystemState | None:
    """Return the state of the system that runs on this data directory; None when none does."""
    state = read_state(data)
    return state if state is not None and state.is_alive() else None


def orphans(state: SystemState) -> list[psutil.Process]:
    """Return the processes of a system that still run; after its supervisor's death these are left-overs."""
    return [psutil.Process(record.pid) for record in state.processes if record.is_alive()]


def end_orphans(found: Sequence[psutil.Process], seconds_max: float = 10.0) -> None:
    """End processes that outlived their supervisor: asked first, then killed."""
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(found, timeout=seconds_max)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=seconds_max)


def data_directory(path: Path) -> DataDirectory:
    """Return the data directory at `path`, as one absolute name whatever the working directory becomes."""
    return DataDirectory(path.resolve())
