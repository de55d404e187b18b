"""How the supervisor tells its processes which faults to inject, and when."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.faults.errors import FaultError
from local.faults.grammar import Fault, parse_fault
from local.faults.process import VARIABLE


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """The faults of one system.

    `directory` has a file `on` while faults are injected: it appears once all is up, so that no start fails, and who
    deletes it stops the faults of the running system. The other files there count the starts of processes.
    """

    faults: tuple[Fault, ...]
    seed: int
    directory: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "FaultSettings | None":
        """What the supervisor said; None where it said nothing. Raises FaultError."""
        text = environment.get(VARIABLE)
        if not text:
            return None
        try:
            told = json.loads(text)
            return cls(tuple(map(parse_fault, told["faults"])), int(told["seed"]), Path(told["directory"]))
        except (ValueError, KeyError, TypeError) as error:
            raise FaultError(f"{VARIABLE} is not what the supervisor writes: {error!r}") from error

    def __str__(self) -> str:
        """In one line, with all that is needed to have the same again."""
        return " ".join(self.to_arguments())

    def to_environment(self) -> dict[str, str]:
        """The variable that `from_environment` reads."""
        told = {"faults": list(map(str, self.faults)), "seed": self.seed, "directory": str(self.directory)}
        return {VARIABLE: json.dumps(told)}

    def to_arguments(self) -> list[str]:
        """The options of `up` that mean the same."""
        told = [argument for fault in self.faults for argument in ("--fault", str(fault))]
        return [*told, "--fault-seed", str(self.seed)]

    @property
    def switch(self) -> Path:
        """The file that is there while faults are injected."""
        return self.directory / "on"

    def prepare(self) -> None:
        """Make the directory; nothing is injected yet."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self) -> None:
        """From now on faults are injected. The file says which, for `status`."""
        unfinished = self.directory / "on.new"
        unfinished.write_text(f"{self}\n")
        unfinished.replace(self.switch)

    def count_start(self, process: str) -> int:
        """The number of this start of a process, from 1.

        It is part of the seed: with the same numbers at each start, a process that is to crash at its first step would
        crash there for ever.
        """
        with open(self.directory / f"{process}.starts", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the environments of a service start at once
            file.write(b".")
            file.flush()
            return os.fstat(file.fileno()).st_size


def now_injected(run: Path) -> str | None:
    """What the system whose run directory this is injects now, as the options of `up` that mean the same."""
    try:
        return (folder_in(run) / "on").read_text().strip()
    except FileNotFoundError:
        return None


def folder_in(run: Path) -> Path:
    """Where the faults of a running system are kept."""
    return run / "faults"
