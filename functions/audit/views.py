"""The answers of this service."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from envelope import UtcMillis
from functions.audit.service import Latencies
from handlers.places import cursor_of
from repositories.ports.audit_trail import AuditEntry
from repositories.ports.history_totals import HistoryTotals, Tally
from repositories.ports.pages import Page, Place


class AuditEntryView(BaseModel):
    """One entry of the trail."""

    model_config = ConfigDict(from_attributes=True)

    audit_id: str
    event_id: str
    event_type: str
    aggregate_id: str
    version: int
    position: int
    correlation_id: str
    causation_id: str | None
    actor: dict[str, Any]
    event_timestamp: UtcMillis
    recorded_at: UtcMillis
    processing_latency_seconds: float
    processed_by: str
    event_data: dict[str, Any]


class TrailAnswer(BaseModel):
    """A page of entries, newest first. `count` is that of the page; with a `next_cursor` there may be more."""

    audit_trail: list[AuditEntryView]
    count: int
    limit: int
    offset: int
    next_cursor: str | None


class ClaimTrailAnswer(BaseModel):
    """A page of a claim's entries, oldest first."""

    claim_id: str
    audit_trail: list[AuditEntryView]
    count: int
    next_cursor: str | None


class TypeLatency(BaseModel):
    """How many entries of a type, and their mean latency."""

    event_type: str
    count: int
    avg_latency_seconds: float


class StatsAnswer(BaseModel):
    """Counts over the whole trail."""

    total_entries: int
    by_event_type: list[TypeLatency]


class PerformanceAnswer(BaseModel):
    """Latencies of the newest `sample_size` entries, in seconds; null where there is none."""

    total_events_audited: int
    sample_size: int
    average_latency_seconds: float | None
    p50_latency_seconds: float | None
    p95_latency_seconds: float | None
    p99_latency_seconds: float | None
    max_latency_seconds: float | None
    min_latency_seconds: float | None


def trail_answer(page: Page[AuditEntry], limit: int, offset: int) -> TrailAnswer:
    """`{audit_trail, count, limit, offset, next_cursor}`"""
    entries = _views(page.items)
    return TrailAnswer(
        audit_trail=entries, count=len(entries), limit=limit, offset=offset, next_cursor=cursor_of(page.next)
    )


def claim_answer(claim_id: str, entries: Sequence[AuditEntry], limit: int) -> ClaimTrailAnswer:
    """The first `limit` entries; the cursor is the last one's version."""
    shown = _views(entries[:limit])
    rest = Place(entries[limit - 1].version) if len(entries) > limit else None
    return ClaimTrailAnswer(claim_id=claim_id, audit_trail=shown, count=len(shown), next_cursor=cursor_of(rest))


def stats_answer(totals: HistoryTotals) -> StatsAnswer:
    """Most entries first."""
    types = sorted(totals.by_event_type.items(), key=lambda item: (-item[1].count, item[0]))
    return StatsAnswer(
        total_entries=totals.events,
        by_event_type=[
            TypeLatency(event_type=name, count=tally.count, avg_latency_seconds=_mean(tally)) for name, tally in types
        ],
    )


def performance_answer(latencies: Latencies, total: int) -> PerformanceAnswer:
    """Every figure with its unit in its name."""
    return PerformanceAnswer(
        total_events_audited=total,
        sample_size=latencies.sample_size,
        average_latency_seconds=latencies.average,
        p50_latency_seconds=latencies.p50,
        p95_latency_seconds=latencies.p95,
        p99_latency_seconds=latencies.p99,
        max_latency_seconds=latencies.max,
        min_latency_seconds=latencies.min,
    )


def _views(entries: Sequence[AuditEntry]) -> list[AuditEntryView]:
    return [AuditEntryView.model_validate(entry) for entry in entries]


def _mean(tally: Tally) -> float:
    return tally.latency_seconds_sum / tally.count
