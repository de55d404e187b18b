"""What can be asked of history: lists of events, a claim at any moment, snapshots, statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claim_domain import replay
from envelope import Envelope, format_utc, is_context_id, utc_now
from envelope.errors import NotFoundError
from functions.event_store.replaying import Folded, changes_between, check_gapless, fold
from functions.event_store.snapshot_form import current_schema, from_snapshot, to_snapshot
from metrics.catalog import REPLAYS_PERFORMED, SNAPSHOTS_CREATED
from repositories.ports.archive import ArchiveReader, EventFilter
from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place
from repositories.ports.snapshots import Snapshot, Snapshots


@dataclass(frozen=True, slots=True)
class Moment:
    """A bound on what is replayed: at most this version, no event later than this time. None: to the end."""

    version: int | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A claim at a moment. `events` is None where only the state was asked for."""

    folded: Folded
    events: Sequence[Envelope] | None
    snapshot_version: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in a claim between two versions, `[{field, from, to}]`."""

    from_version: int
    to_version: int
    changes: list[dict[str, Any]]


class EventHistory:
    """Reads the archive alone, and snapshots where one helps; the answer is the same with and without."""

    def __init__(self, archive: ArchiveReader, snapshots: Snapshots) -> None:
        self._archive = archive
        self._snapshots = snapshots

    def events(self, wanted: EventFilter, place: Place, limit: int) -> Page[Envelope]:
        """Events by position."""
        return self._archive.list(wanted, place, limit)

    def events_of(self, aggregate_id: str, after_version: int) -> Sequence[Envelope]:
        """A claim's events, or its context's, after a version. Raises NotFoundError for an id that never was."""
        events = self._archive.of_aggregate(aggregate_id, after_version=after_version)
        if not events and not self._archive.of_aggregate(aggregate_id, up_to_version=1):
            raise _never_was(aggregate_id)
        return events

    def replay(self, aggregate_id: str, moment: Moment, *, with_events: bool = True) -> Replayed:
        """The claim as it was at a moment.

        Raises NotFoundError for an id that never was or that is no claim's, or a moment before its first event,
        ArchiveIncompleteError while an earlier event is still on its way to the archive.
        """
        _refuse_context(aggregate_id)
        start = self._start(aggregate_id, moment)
        # With a snapshot and no wish for the events, only those behind the snapshot are read.
        after = start.claim.version if start and not with_events else 0
        events = self._archive.of_aggregate(
            aggregate_id, after_version=after, up_to_version=moment.version, up_to_timestamp=moment.timestamp
        )
        check_gapless(aggregate_id, events, after)
        known = start.claim.version if start else 0
        folded = fold([event for event in events if event.version > known], start)
        if folded is None:
            raise self._nothing_yet(aggregate_id, moment)
        REPLAYS_PERFORMED.inc()
        return Replayed(folded, events if with_events else None, known or None)

    def difference(self, aggregate_id: str, from_version: int, to_version: int | None) -> Difference:
        """What changed after `from_version` (0: before the claim) up to `to_version` (None: the last).

        Raises NotFoundError for an id or a version that never was, or one that is no claim's, ArchiveIncompleteError as
        `replay` does.
        """
        _refuse_context(aggregate_id)
        events = self._archive.of_aggregate(aggregate_id, up_to_version=to_version)
        if not events:
            raise self._nothing_yet(aggregate_id, Moment(version=to_version))
        check_gapless(aggregate_id, events, 0)
        wanted = max(from_version, to_version or 0)
        if wanted > len(events):
            raise NotFoundError(f"claim {aggregate_id} has no version {wanted}; its last one is {len(events)}")
        before = replay(events[:from_version])
        after = replay(events[from_version:], before)
        assert after is not None, "there is an event"
        REPLAYS_PERFORMED.inc()
        return Difference(from_version, after.version, changes_between(before, after))

    def take_snapshot(self, aggregate_id: str) -> tuple[Snapshot, bool]:
        """Keep the claim as it is; True with it when that was not kept before. Raises as `replay` does."""
        folded = self.replay(aggregate_id, Moment(), with_events=False).folded
        there = self._snapshots.newest(aggregate_id, schema=current_schema(), up_to_version=folded.claim.version)
        if there is not None and there.version == folded.claim.version and from_snapshot(there) is not None:
            return there, False
        snapshot = to_snapshot(folded, utc_now())
        self._snapshots.save(snapshot)
        SNAPSHOTS_CREATED.inc()
        return snapshot, True

    def snapshot_of(self, aggregate_id: str) -> Snapshot:
        """The claim's newest snapshot. Raises NotFoundError."""
        _refuse_context(aggregate_id)
        snapshot = self._snapshots.newest(aggregate_id)
        if snapshot is None:
            raise NotFoundError(f"there is no snapshot of claim {aggregate_id}")
        return snapshot

    def snapshots(self, *, limit: int, offset: int) -> Sequence[Snapshot]:
        """Snapshots, newest first."""
        return self._snapshots.list(limit=limit, offset=offset)

    def statistics(self) -> tuple[HistoryTotals, int]:
        """Counts over the archive, and the number of snapshots."""
        return self._archive.totals(), self._snapshots.count()

    def _start(self, aggregate_id: str, moment: Moment) -> Folded | None:
        snapshot = self._snapshots.newest(
            aggregate_id,
            schema=current_schema(),
            up_to_version=moment.version,
            up_to_timestamp=moment.timestamp,
        )
        return from_snapshot(snapshot) if snapshot else None

    def _nothing_yet(self, aggregate_id: str, moment: Moment) -> NotFoundError:
        first = self._archive.of_aggregate(aggregate_id, up_to_version=1)
        if not first or moment.timestamp is None:
            return _never_was(aggregate_id)
        return NotFoundError(
            f"claim {aggregate_id} did not exist yet at {format_utc(moment.timestamp)}:"
            f" its first event is of {format_utc(first[0].timestamp)}"
        )


def _refuse_context(aggregate_id: str) -> None:
    if is_context_id(aggregate_id):
        raise NotFoundError(
            f"{aggregate_id} is the context of a claim and has no state of its own:"
            f" its event, where there is one, is at /events/{aggregate_id}"
        )


def _never_was(aggregate_id: str) -> NotFoundError:
    return NotFoundError(f"there is no event of {aggregate_id} in the archive")
