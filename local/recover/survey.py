"""Log and archive compared, event by event. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from redis import Redis

from envelope import Envelope
from local.recover.history import Told, archived_pages, events_in_claims, logged_pages, side_by_side
from local.recover.runs import Runs
from repositories.ports.archive import Archive, ArchiveCheckpoints
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import LogKeys

CLAIMS_SHOWN_MAX = 5


@dataclass(slots=True)
class LogState:
    """The log's own account of itself. `first` is the oldest position it still has, `last` its last id's.

    `log_id` and `counter` are as they stand on the server, None where they are missing.
    """

    log_id: bytes | None
    counter: bytes | None
    first: int
    last: int

    @property
    def is_consistent(self) -> bool:
        """Whether the counter says what the stream says; a log that was never appended to has neither."""
        return (self.counter or b"0") == str(self.last).encode()

    def ever_had(self, position: int) -> bool:
        """Whether the position was in the log and was trimmed."""
        return position < self.first and position <= self.last


@dataclass(slots=True)
class Survey:
    """What the comparison found. Positions beyond `end` are known to nobody here.

    `only_in_claims` are those that only the claims' own streams still have. Up to position `given_up`
    events may be missing: that was accepted. `_lives` is each claim's last version, and its position.
    """

    log: LogState
    fork: str | None
    end: int = 0
    archive_end: int = 0
    different: Runs = field(default_factory=Runs)
    in_neither: Runs = field(default_factory=Runs)
    only_in_claims: Runs = field(default_factory=Runs)
    only_in_log: Runs = field(default_factory=Runs)
    lost_by_log: Runs = field(default_factory=Runs)
    broken_claims: list[str] = field(default_factory=list)
    given_up: int = 0
    _lives: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self, position: int, here: Envelope | None, there: Envelope | None) -> None:
        """Take note of what stands at the next position."""
        self.in_neither.add(self.end + 1, position - 1)
        self.end = max(self.end, position)
        if there is not None:
            self.archive_end = position
        if here is None and not self.log.ever_had(position):
            self.lost_by_log.add(position)
        elif there is None:
            self.only_in_log.add(position)
        elif here is not None and here != there:
            self.different.add(position)
        event = there or here
        if event is not None:
            self._follow(position, event)

    def _follow(self, position: int, event: Envelope) -> None:
        last, at = self._lives.get(event.aggregate_id, (0, 0))
        may_skip = at < self.given_up  # what is missing in between may be among what was given up
        if event.version != last + 1 and not (may_skip and event.version > last):
            self.broken_claims.append(event.aggregate_id)
        self._lives[event.aggregate_id] = (event.version, position)


def survey(client: "Redis", keys: LogKeys, archive: Archive, checkpoints: ArchiveCheckpoints, told: Told) -> Survey:
    """Compare. Raises StoreUnavailableError, UnreadableError."""
    found = Survey(look_at(client, keys), checkpoints.fork())
    if found.fork is not None:
        return found
    found.end = found.given_up = archive.begins_after()
    logged: Iterator[Envelope] = chain.from_iterable(logged_pages(client, keys))
    archived = chain.from_iterable(archived_pages(archive))
    for position, here, there in side_by_side(logged, archived):
        found.note(position, here, there)
        told(position)
    if found.lost_by_log:
        _forget_what_came_meanwhile(found, look_at(client, keys))
    # What was trimmed and is not in the archive either, beyond the last event that there is.
    found.in_neither.add(found.end + 1, found.log.last)
    found.end = max(found.end, found.log.last)
    if found.in_neither:
        _look_into_claims(found, client, keys)
    return found


def _forget_what_came_meanwhile(found: Survey, now: LogState) -> None:
    """Events appended and archived after the log's end was read: the log is well and at work."""
    if now.log_id == found.log.log_id and now.is_consistent and now.last > found.log.last:
        found.lost_by_log = found.lost_by_log.up_to(found.log.last)
        found.log = now


def _look_into_claims(found: Survey, client: "Redis", keys: LogKeys) -> None:
    positions = {event.position or 0 for event in events_in_claims(client, keys, found.in_neither)}
    found.only_in_claims = Runs.of(positions)
    found.in_neither = found.in_neither.without(positions)


def look_at(client: "Redis", keys: LogKeys) -> LogState:
    """The log's names, counter and bounds, as they are at one moment. Raises StoreUnavailableError."""
    pipeline: Any = client.pipeline(transaction=True)
    pipeline.mget(keys.log_id, keys.position)
    pipeline.xinfo_stream(keys.all_events)
    with translated_errors():
        (log_id, counter), info = pipeline.execute(raise_on_error=False)
        if isinstance(info, Exception):
            if "no such key" not in str(info):
                raise info
            return LogState(log_id, counter, 1, 0)
    last = _number(info["last-generated-id"])
    first = info["first-entry"]
    return LogState(log_id, counter, _number(first[0]) if first else last + 1, last)


def _number(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])
