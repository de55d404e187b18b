"""Entries out of many logs in order of time."""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from local.logs.choosing import Wanted, passing
from local.logs.entries import Entry, read_entries
from local.logs.files import Log

_BEGINNINGS = ("{", "START ", "END ", "REPORT ", "INIT_REPORT ")


def newest(logs: Sequence[Log], wanted: Wanted, count: int | None) -> list[Entry]:
    """The newest `count` entries that are wanted, or all of them, in order of time."""
    wanted = _about_the_claim(logs, wanted)
    found = (_of_log(log, wanted, count) for log in logs)
    merged = heapq.merge(*found, key=_moment)
    return list(merged if count is None else deque(merged, maxlen=count))


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """What came in at once, in order of time."""
    return sorted(entries, key=_moment)


def _of_log(log: Log, wanted: Wanted, count: int | None) -> Sequence[Entry]:
    if count is not None and not wanted.is_narrow and wanted.level == "debug":
        # START, END and REPORT stand around each line: enough for `count` that are shown, and for their traces.
        return deque(_chosen(log, log.last(count * _LINES_AN_ENTRY), wanted), maxlen=count)
    return deque(_chosen(log, log.lines(), wanted), maxlen=count)


_LINES_AN_ENTRY = 5


def _chosen(log: Log, lines: Iterable[str], wanted: Wanted) -> Iterator[Entry]:
    possible = passing(lines, wanted.may_hold, _begins)
    return (entry for entry in read_entries(log.process, possible) if wanted.holds(entry))


def _about_the_claim(logs: Sequence[Log], wanted: Wanted) -> Wanted:
    if wanted.claim is None:
        return wanted
    return wanted.with_requests_of_claim(entry for log in logs for entry in _chosen(log, log.lines(), wanted))


def _begins(line: str) -> bool:
    """Whether a line begins an entry, as cheaply as can be told: a trace's lines begin otherwise."""
    return line.startswith(_BEGINNINGS) or line[:1].isdigit()


_moment: Callable[[Entry], float] = lambda entry: entry.at  # noqa: E731 (a key function, named once)
