"""The answers of this service."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from envelope import Envelope, UtcMillis
from functions.event_store.replaying import state_of
from functions.event_store.service import Moment, Replayed
from functions.event_store.snapshot_form import current_schema
from handlers.places import cursor_of
from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place
from repositories.ports.snapshots import Snapshot


class EventsAnswer(BaseModel):
    """A page of events. `count` is that of the page; with a `next_cursor` there may be more."""

    events: Sequence[Envelope]
    count: int
    next_cursor: str | None


class ReplayAnswer(BaseModel):
    """A claim at a moment; `events` is null where they were not asked for."""

    aggregate_id: str
    reconstructed_state: dict[str, Any]
    events_count: int
    events: Sequence[Envelope] | None
    snapshot_version: int | None
    up_to_timestamp: UtcMillis | None
    up_to_version: int | None


class DiffAnswer(BaseModel):
    """The fields that changed, `[{field, from, to}]`."""

    aggregate_id: str
    from_version: int
    to_version: int
    changes: list[dict[str, Any]]


class SnapshotLine(BaseModel):
    """A snapshot without its state. `usable`: this code made it, so replay starts from it."""

    aggregate_id: str
    version: int
    status: str | None
    usable: bool
    created_at: UtcMillis


class SnapshotAnswer(SnapshotLine):
    """A snapshot."""

    state: dict[str, Any]


class SnapshotsAnswer(BaseModel):
    """A page of snapshots, newest first."""

    snapshots: list[SnapshotLine]
    count: int
    next_cursor: str | None


class StatisticsAnswer(BaseModel):
    """Counts over the whole archive; days are UTC. Aggregates are claims: a claim's context is not counted as one."""

    total_events: int
    total_aggregates: int
    by_event_type: list[dict[str, Any]]
    by_day: list[dict[str, Any]]
    top_aggregates: list[dict[str, Any]]
    snapshots: int


def events_answer(page: Page[Envelope]) -> EventsAnswer:
    """`{events, count, next_cursor}`"""
    return EventsAnswer(events=page.items, count=len(page.items), next_cursor=cursor_of(page.next))


def aggregate_answer(events: Sequence[Envelope], limit: int) -> EventsAnswer:
    """The first `limit` of a claim's events; the cursor is the last one's version."""
    rest = Place(events[limit - 1].version) if len(events) > limit else None
    return events_answer(Page(events[:limit], rest))


def replay_answer(replayed: Replayed, moment: Moment) -> ReplayAnswer:
    """The claim's state with its history."""
    claim = replayed.folded.claim
    return ReplayAnswer(
        aggregate_id=claim.claim_id,
        reconstructed_state=state_of(replayed.folded),
        events_count=claim.version,
        events=replayed.events,
        snapshot_version=replayed.snapshot_version,
        up_to_timestamp=moment.timestamp,
        up_to_version=moment.version,
    )


def snapshot_line(snapshot: Snapshot) -> SnapshotLine:
    """What a list shows."""
    return SnapshotLine(**_line(snapshot))


def snapshot_answer(snapshot: Snapshot) -> SnapshotAnswer:
    """The state with its history."""
    return SnapshotAnswer(**_line(snapshot), state={**snapshot.state, "history": snapshot.history})


def statistics_answer(totals: HistoryTotals, snapshots_count: int) -> StatisticsAnswer:
    """Most events first, days in order."""
    types = sorted(totals.by_event_type.items(), key=lambda item: (-item[1].count, item[0]))
    return StatisticsAnswer(
        total_events=totals.events,
        total_aggregates=totals.aggregates,
        by_event_type=[{"event_type": name, "count": tally.count} for name, tally in types],
        by_day=[{"day": day, "count": tally.count} for day, tally in sorted(totals.by_day.items())],
        top_aggregates=[{"aggregate_id": name, "events_count": count} for name, count in totals.busiest()],
        snapshots=snapshots_count,
    )


def _line(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "aggregate_id": snapshot.aggregate_id,
        "version": snapshot.version,
        "status": snapshot.state.get("status"),
        "usable": snapshot.schema == current_schema(),
        "created_at": snapshot.created_at,
    }
