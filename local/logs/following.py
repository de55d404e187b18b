"""What is added to the logs while one looks."""

import os
from collections.abc import Iterable, Mapping
from typing import IO

from local.logs.choosing import Wanted
from local.logs.entries import Entry
from local.logs.files import LINE_BYTES_MAX, Log, lines_in
from local.logs.grouping import Grouping
from local.logs.reading import requests_in


class Following:
    """Looks again and again at all logs, those too that come later. Of a claim it learns the requests as they come."""

    def __init__(self, ends: Mapping[Log, int], wanted: Wanted) -> None:
        self._wanted = wanted
        self._logs = {log: _Followed(log, end) for log, end in ends.items()}

    def added(self, logs: Iterable[Log]) -> list[Entry]:
        """What was added since the last look and is wanted, in order of time."""
        for log in logs:
            if log not in self._logs:
                self._logs[log] = _Followed(log, 0)
        read = [(followed, followed.added()) for followed in self._logs.values()]
        if (claim := self._wanted.claim) is not None:
            # All of them first: what follows from a request is often said by who has less to do, and earlier.
            for _, lines in read:
                self._wanted = self._wanted.with_requests(requests_in(claim, lines))
        found = [entry for followed, lines in read for entry in followed.entries(lines, self._wanted)]
        return sorted(found, key=lambda entry: entry.at)


class _Followed:
    """One log, and up to where it was read."""

    def __init__(self, log: Log, end: int) -> None:
        self._log = log
        self._end = end
        self._grouping = Grouping(log.process)

    def added(self) -> list[bytes]:
        """The lines that are whole by now. Of a log that was set aside the rest comes first."""
        try:
            with self._log.file.open("rb") as log:
                rest = self._set_aside(log)
                text, self._end = _whole_lines(log, self._end)
        except FileNotFoundError:  # between being set aside and being written to again
            return []
        return lines_in(rest) + lines_in(text)

    def entries(self, lines: list[bytes], wanted: Wanted) -> list[Entry]:
        """The wanted entries of these lines; what follows the last of them comes as its rest."""
        if not lines:
            return []
        return [*self._grouping.entries(lines, wanted), *self._grouping.rest(wanted)]

    def _set_aside(self, log: IO[bytes]) -> bytes:
        """What had not been read of the file when it was set aside; nothing as long as it is the same file."""
        if log.seek(0, os.SEEK_END) >= self._end:
            return b""
        start, self._end = self._end, 0
        try:
            with self._log.set_aside.open("rb") as aside:
                return _whole_lines(aside, start)[0] if aside.seek(0, os.SEEK_END) >= start else b""
        except FileNotFoundError:  # emptied by somebody
            return b""


def _whole_lines(log: IO[bytes], start: int) -> tuple[bytes, int]:
    """The whole lines from `start` on, and where they end. A line beyond all measure is read in pieces."""
    log.seek(start)
    text = log.read(LINE_BYTES_MAX)
    end = len(text) if len(text) == LINE_BYTES_MAX and b"\n" not in text else text.rfind(b"\n") + 1
    return text[:end], start + end
