"""The entries in the lines of one log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from local.logs.choosing import Wanted
from local.logs.entries import Entry
from local.logs.formats import begins_entry, is_lambdas_own, read_line


class Grouping:
    """Reads the lines of one log as they come, and keeps what it must know of those before.

    A line that begins no entry belongs to the entry before it. What tells no time has that of the entry before it;
    START, and what is printed after it, wait for the time of what is said within their invocation.
    `is_cut`: what stands before its first entry belongs to one that is not read.
    """

    def __init__(self, process: str, *, is_cut: bool = False) -> None:
        self._process = process
        self._open: Entry | None = None  # not given out yet: lines may follow that belong to it
        self._more: list[str] = []  # those that did
        self._shown: Entry | None = None  # given out; lines that follow belong to it all the same
        self._waiting: list[Entry] = []  # for their time
        self._is_within = not is_cut
        self._at = 0.0

    def skips(self, block: bytes, wanted: Wanted) -> bool:
        """Whether no line of the block can be of a wanted entry, told without looking at each; it counts as read."""
        if (self._is_within and self._open is not None) or wanted.may_be_in(block):
            return False
        self._is_within = False
        return True

    def entries(self, lines: Iterable[bytes], wanted: Wanted) -> Iterator[Entry]:
        """The wanted entries that are whole: all but the last."""
        for line in lines:
            if not begins_entry(line):
                if self._is_within:
                    yield from filter(wanted.holds, self._belonging(line.decode(errors="replace")))
            elif not wanted.with_lambdas and is_lambdas_own(line):
                yield from filter(wanted.holds, self._close())
                self._is_within, self._shown = True, None  # what is printed after it is an entry of its own
            elif wanted.may_begin(line):
                self._is_within = True
                yield from filter(wanted.holds, self._beginning(line.decode(errors="replace")))
            else:
                self._is_within = False

    def rest(self, wanted: Wanted) -> Iterator[Entry]:
        """The last, as nothing follows it for now. Should lines follow that belong to it, they come as a rest."""
        return filter(wanted.holds, [*self._close(), *self._waited()])

    def _beginning(self, line: str) -> Sequence[Entry]:
        entry = read_line(self._process, line)
        if entry is None:
            return self._belonging(line)
        closed = self._close()
        if entry.is_dated:
            self._at = entry.at
        closed += self._waited()
        self._open = entry if entry.is_dated else replace(entry, at=self._at)
        return closed

    def _belonging(self, line: str) -> Sequence[Entry]:
        if self._open is not None and not self._open.is_lambdas:
            self._more.append(line)
            return ()
        if self._open is None and self._shown is not None and not self._shown.is_lambdas:
            self._open = replace(self._shown, message="", line="", more=(), is_rest=True)
            self._more.append(line)
            return ()
        closed = self._close()
        self._open = Entry(self._process, self._at, "info", line, line, is_dated=False)
        return closed

    def _close(self) -> list[Entry]:
        if self._open is None:
            return []
        self._shown = replace(self._open, more=tuple(self._more)) if self._more else self._open
        self._open, self._more = None, []
        if not self._shown.is_dated and (self._waiting or self._shown.message.startswith("START ")):
            self._waiting.append(self._shown)
            return []
        return [self._shown]

    def _waited(self) -> list[Entry]:
        if not self._waiting:
            return []
        waiting, self._waiting = self._waiting, []
        return [replace(entry, at=self._at) for entry in waiting]
