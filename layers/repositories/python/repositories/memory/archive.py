"""The archive in memory: the same answers as the one on MongoDB, for tests."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import count, takewhile

from envelope import Envelope, to_json
from envelope.errors import UnreadableError
from repositories.errors import ForkError
from repositories.ports.archive import Checkpoint, EventFilter, VersionKey
from repositories.ports.history_totals import Fact, HistoryTotals
from repositories.ports.pages import Page, Place


class MemoryArchive:
    """An Archive and an ArchiveCheckpoints."""

    def __init__(self) -> None:
        self._by_version: dict[VersionKey, Envelope] = {}
        self._by_position: dict[int, Envelope] = {}
        self._fork: str | None = None
        self._begins_after = 0

    def append(self, envelopes: Sequence[Envelope]) -> Mapping[VersionKey, Exception]:
        """See `ArchiveWriter.append`."""
        if self._fork is not None:
            raise ForkError(f"the archive is stopped: {self._fork}")
        failures: dict[VersionKey, Exception] = {}
        for envelope in envelopes:
            error = self._append_one(envelope)
            if error is not None:
                failures[envelope.aggregate_id, envelope.version] = error
        return failures

    def checkpoint(self) -> Checkpoint | None:
        """See `ArchiveWriter.checkpoint`."""
        return self.read()

    def begins_after(self) -> int:
        """See `ArchiveWriter.begins_after`."""
        return self._begins_after

    def begin_after(self, position: int) -> None:
        """See `ArchiveWriter.begin_after`."""
        checkpoint = self.read()
        if checkpoint is None or checkpoint.position < position:
            self._begins_after = position

    def holds(self, keys: Collection[VersionKey]) -> set[VersionKey]:
        """See `ArchiveWriter.holds`."""
        return {key for key in keys if key in self._by_version}

    def read(self) -> Checkpoint | None:
        """See `ArchiveCheckpoints.read`."""
        if self._fork is not None:
            raise ForkError(self._fork)
        gapless = list(takewhile(self._by_position.__contains__, count(self._begins_after + 1)))
        if not gapless:
            return Checkpoint(self._begins_after, "", "") if self._begins_after else None
        last = self._by_position[gapless[-1]]
        return Checkpoint(gapless[-1], last.event_id, hashlib.sha256(to_json(last)).hexdigest())

    def fork(self) -> str | None:
        """See `ArchiveCheckpoints.fork`."""
        return self._fork

    def of_aggregate(
        self,
        aggregate_id: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Sequence[Envelope]:
        """See `ArchiveReader.of_aggregate`."""
        events = sorted(
            (event for event in self._by_position.values() if event.aggregate_id == aggregate_id),
            key=lambda event: event.version,
        )
        within = [
            event
            for event in events
            if event.version > after_version and (up_to_version is None or event.version <= up_to_version)
        ]
        return list(takewhile(lambda event: up_to_timestamp is None or event.timestamp <= up_to_timestamp, within))

    def list(self, wanted: EventFilter, place: Place, limit: int) -> Page[Envelope]:
        """See `ArchiveReader.list`."""
        after = max(place.position or 0, wanted.from_position - 1)
        matching = [event for position, event in self._in_order() if position > after and _matches(event, wanted)]
        rest = matching[place.skip :]
        more = len(rest) > limit
        return Page(rest[:limit], Place(rest[limit - 1].position) if more else None)

    def totals(self) -> HistoryTotals:
        """See `ArchiveReader.totals`."""
        totals = HistoryTotals()
        totals.add_all(
            Fact(position, event.event_type, event.timestamp, event.aggregate_id, event.version)
            for position, event in self._in_order()
        )
        return totals

    def _append_one(self, envelope: Envelope) -> Exception | None:
        if envelope.position is None:
            return UnreadableError(f"event {envelope.event_id} has no position")
        key = (envelope.aggregate_id, envelope.version)
        there = self._by_version.get(key) or self._by_position.get(envelope.position)
        if there is None:
            self._by_version[key] = self._by_position[envelope.position] = envelope
            return None
        if there == envelope:
            return None
        error = ForkError(f"event {envelope.event_id} came where the archive has event {there.event_id}")
        self._fork = self._fork or str(error)
        return error

    def _in_order(self) -> Sequence[tuple[int, Envelope]]:
        return sorted(self._by_position.items())


def _matches(event: Envelope, wanted: EventFilter) -> bool:
    return (
        (wanted.event_type is None or event.event_type == wanted.event_type)
        and (wanted.correlation_id is None or event.correlation_id == wanted.correlation_id)
        and (wanted.from_timestamp is None or event.timestamp >= wanted.from_timestamp)
        and (wanted.to_timestamp is None or event.timestamp <= wanted.to_timestamp)
    )
