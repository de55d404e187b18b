"""The log files of a data directory, and the lines in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.paths import DataDirectory
from local.supervisor.logs import last_lines

_LINE_LENGTH_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Log:
    """One process's log: what is written to, and what was set aside when that was large."""

    process: str
    file: Path

    @property
    def size(self) -> int:
        """The bytes of the file that is written to; 0 once it is gone."""
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def lines(self) -> Iterator[str]:
        """All whole lines, oldest first, one at a time; of one beyond all measure the beginning."""
        for file in (self.file.with_suffix(".log.1"), self.file):
            try:
                with file.open("rb") as log:
                    yield from _whole_lines(log)
            except FileNotFoundError:
                continue

    def last(self, count: int) -> list[str]:
        """The last whole lines of the file that is written to."""
        return last_lines(self.file, count)

    def added(self, offset: int) -> tuple[list[str], int]:
        """The whole lines after `offset`, and where they end; a file that was set aside is read from its start."""
        try:
            with self.file.open("rb") as log:
                start = log.seek(offset if self.file.stat().st_size >= offset else 0)
                text = log.read()
        except FileNotFoundError:
            return [], 0
        whole = text[: text.rfind(b"\n") + 1]
        return whole.decode(errors="replace").splitlines(), start + len(whole)


def logs_of(data: DataDirectory, services: Sequence[str]) -> list[Log]:
    """The logs of these services' processes, or of all; by name."""
    logs = [Log(file.stem, file) for file in sorted(data.logs.glob("*.log"))]
    return [log for log in logs if not services or any(belongs_to(log.process, one) for one in services)]


def belongs_to(process: str, service: str) -> bool:
    """Tell whether a process is meant by that name: its own, or its service's (`claims` means `claims-2`)."""
    return process == service or process.startswith(f"{service}-")


def _whole_lines(log: IO[bytes]) -> Iterator[str]:
    beginning = True
    while piece := log.readline(_LINE_LENGTH_MAX):
        if beginning and (piece.endswith(b"\n") or len(piece) == _LINE_LENGTH_MAX):
            yield piece.rstrip(b"\r\n").decode(errors="replace")
        beginning = piece.endswith(b"\n")
