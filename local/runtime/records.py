"""What is told of the environments to who asks which processes run."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from local.environment.log import log
from local.state import ProcessRecord, create_time_of

if TYPE_CHECKING:
    from local.runtime.service import FunctionService

_WRITE_AFTER_S = 0.02  # what changes together is written once


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """One environment; `pid` is None while a warm one is missing."""

    name: str
    pid: int | None
    state: Literal["starting", "ready", "restarting"]
    restarts: int


class RecordFile:
    """Keeps a file with the ProcessRecords of all environments; `changed` may be called as often as one likes."""

    def __init__(self, file: Path, ports: Mapping[str, int]) -> None:
        self._file = file
        self._ports = ports
        self._service: Callable[[], FunctionService | None] = lambda: None
        self._pending: asyncio.TimerHandle | None = None

    def watch(self, service: "FunctionService") -> None:
        """From now on, tell of this one."""
        self._service = lambda: service

    def changed(self) -> None:
        """Write soon."""
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(_WRITE_AFTER_S, self.write)

    def write(self) -> None:
        """Replace the file as one step. A disk that is full is logged: it must not stop the environments."""
        self._pending = None
        service = self._service()
        if service is None:
            return
        records = [
            asdict(_process_record(record, self._ports.get(function.service)))
            for function, record in service.environments()
        ]
        unfinished = self._file.with_suffix(".new")
        try:
            unfinished.write_text(json.dumps({"pid": os.getpid(), "processes": records}))
            unfinished.replace(self._file)
        except OSError as error:
            log("error", "the environments could not be written down", file=str(self._file), reason=str(error))


def _process_record(record: EnvironmentRecord, port: int | None) -> ProcessRecord:
    create_time = create_time_of(record.pid) if record.pid is not None else None
    return ProcessRecord(record.name, "service", record.pid, create_time, port, record.state, record.restarts)
