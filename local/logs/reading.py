"""What was said so far, in all logs, in order of time."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from local.logs.choosing import Wanted, forms_of, names_claim
from local.logs.entries import Entry
from local.logs.files import Log, lines_in
from local.logs.formats import read_line
from local.logs.grouping import Grouping

Ends = Mapping[Log, int]
"""Up to where each log is read: what is written meanwhile comes later, and once."""

_ENDS_BYTES = (256 << 10, 2 << 20)
# Of one process's lines some are late by what passes between taking the time and writing; more is a clock set back.
_LATE_S_MAX = 1.0


def newest(ends: Ends, wanted: Wanted, count: int) -> list[Entry]:
    """The newest `count` entries that are wanted."""
    return list(deque(_merged(_newest_of(log, end, wanted, count) for log, end in ends.items()), maxlen=count))


def every(ends: Ends, wanted: Wanted) -> Iterator[Entry]:
    """All entries that are wanted."""
    return _merged(_every_of(log, end, wanted) for log, end in ends.items())


def requests_of(claim: str, ends: Ends) -> set[str]:
    """The correlation ids of the lines that name the claim."""
    forms = forms_of(claim)
    found: set[str] = set()
    for log, end in ends.items():
        for block in log.blocks(end):
            if any(form in block for form in forms):
                found |= requests_in(claim, lines_in(block))
    return found


def requests_in(claim: str, lines: Iterable[bytes]) -> set[str]:
    """The correlation ids of those of the lines that name the claim."""
    forms = forms_of(claim)
    likely = (line for line in lines if any(form in line for form in forms))
    entries = (read_line("", line.decode(errors="replace")) for line in likely)
    ids = (entry.fact("correlation_id") for entry in entries if entry is not None and names_claim(entry, claim))
    return {one for one in ids if one is not None}


def _merged(logs: Iterable[Iterable[Entry]]) -> Iterator[Entry]:
    return (entry for _, entry in heapq.merge(*map(_in_own_order, logs), key=lambda placed: placed[0]))


def _in_own_order(entries: Iterable[Entry]) -> Iterator[tuple[float, Entry]]:
    """The entries of one log as they stand there, each with the time that it is merged by: never before the last."""
    latest = 0.0
    for entry in entries:
        latest = entry.at if entry.at < latest - _LATE_S_MAX else max(latest, entry.at)
        yield latest, entry


def _every_of(log: Log, end: int, wanted: Wanted) -> Iterator[Entry]:
    if not wanted.is_of_ids and wanted.since:
        enough = next(size for size in _sizes(log, end) if _reaches(log, end, size, wanted.since))
        return _of_last(log, end, enough, wanted)
    return _of_blocks(Grouping(log.process), log.blocks(end), wanted)


def _newest_of(log: Log, end: int, wanted: Wanted, count: int) -> Iterable[Entry]:
    """The newest of one log: those at its end, as long as they are enough."""
    if wanted.is_of_ids:
        return deque(_every_of(log, end, wanted), maxlen=count)
    newest: deque[Entry] = deque()
    for size in _sizes(log, end):
        newest = deque(_of_last(log, end, size, wanted), maxlen=count)
        if len(newest) == count or _reaches(log, end, size, wanted.since):
            break
    return newest


def _sizes(log: Log, end: int) -> Iterator[int]:
    """More and more of the log's end, and at last the whole."""
    whole = log.size(end)
    yield from (size for size in _ENDS_BYTES if size < whole)
    yield whole


def _of_last(log: Log, end: int, size: int, wanted: Wanted) -> Iterator[Entry]:
    grouping = Grouping(log.process, is_cut=size < log.size(end))
    return _of_blocks(grouping, log.blocks(end, size), wanted)


def _of_blocks(grouping: Grouping, blocks: Iterable[bytes], wanted: Wanted) -> Iterator[Entry]:
    for block in blocks:
        if not grouping.skips(block, wanted):
            yield from grouping.entries(lines_in(block), wanted)
    yield from grouping.rest(wanted)


def _reaches(log: Log, end: int, size: int, since: float) -> bool:
    """Whether the log's last `size` bytes begin before that time, or are all there are."""
    if size >= log.size(end):
        return True
    entries = (read_line("", line.decode(errors="replace")) for line in lines_in(next(log.blocks(end, size), b"")))
    first = next((entry.at for entry in entries if entry is not None and entry.is_dated), since)
    return first < since - _LATE_S_MAX
