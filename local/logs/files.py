"""The log files of a data directory, and the lines in them.

A process's log is what is written to (`NAME.log`) and, before it, what was set aside when that was large
(`NAME.log.1`). A line that is being written is none yet.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.paths import DataDirectory

# No more of a line is kept: who writes one without end must not fill our memory.
LINE_BYTES_MAX = 16 << 20
_BLOCK_BYTES = 1 << 20
_LOOK_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Log:
    """One process's log."""

    process: str
    file: Path

    @property
    def set_aside(self) -> Path:
        """What was set aside when it was large; it need not be there."""
        return self.file.with_suffix(".log.1")

    def end(self) -> int:
        """Where the last whole line ends, in the file that is written to; 0 where there is none."""
        return _end_of_lines(self.file)

    def size(self, end: int) -> int:
        """How many bytes there are up to `end`, with what was set aside."""
        return self._aside_end() + end

    def blocks(self, end: int, last_bytes: int | None = None) -> Iterator[bytes]:
        """The whole lines up to `end`, oldest first, about a megabyte at a time; those of the last bytes, or all."""
        aside = self._aside_end()
        start = 0 if last_bytes is None else max(0, aside + end - last_bytes)
        yield from _blocks(self.set_aside, start, aside)
        yield from _blocks(self.file, max(0, start - aside), end)

    def _aside_end(self) -> int:
        return _end_of_lines(self.set_aside)


def logs_of(data: DataDirectory, services: Sequence[str]) -> list[Log]:
    """The logs of these services' processes, or of all; by name."""
    logs = [Log(file.stem, file) for file in sorted(data.logs.glob("*.log")) if file.is_file()]
    return [log for log in logs if not services or any(belongs_to(log.process, one) for one in services)]


def belongs_to(process: str, service: str) -> bool:
    """Tell whether a process is meant by that name: its own, or its service's (`claims` means `claims-2`)."""
    return process == service or process.startswith(f"{service}-")


def lines_in(text: bytes) -> list[bytes]:
    """The lines, without their ends. A carriage return alone ends none: it may be part of what somebody sent."""
    return [line.removesuffix(b"\r")[:LINE_BYTES_MAX] for line in text.removesuffix(b"\n").split(b"\n")] if text else []


def _blocks(file: Path, start: int, end: int) -> Iterator[bytes]:
    if start >= end:
        return
    with suppress(FileNotFoundError), file.open("rb") as log:
        if start > 0:
            log.seek(start - 1)
            log.readline()  # the end of a line that begins before
        while (left := end - log.tell()) > 0 and (block := log.read(min(left, _BLOCK_BYTES))):
            yield block if block.endswith(b"\n") else block + log.readline(LINE_BYTES_MAX)


def _end_of_lines(file: Path) -> int:
    """Behind the last line's end, found from the file's end backwards; 0 where there is none."""
    try:
        with file.open("rb") as log:
            start = log.seek(0, os.SEEK_END)
            while start > 0:
                until, start = start, max(0, start - _LOOK_BYTES)
                log.seek(start)
                found = log.read(until - start).rfind(b"\n")
                if found >= 0:
                    return start + found + 1
    except FileNotFoundError:
        pass
    return 0
