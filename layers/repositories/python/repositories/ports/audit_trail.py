"""The audit trail: who did what when, and how long after that it was on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event on record. `processing_latency_seconds` is `recorded_at` - `event_timestamp`, at least 0."""

    audit_id: str
    event_id: str
    event_type: str
    aggregate_id: str
    version: int
    position: int
    correlation_id: str
    causation_id: str | None
    actor: dict[str, Any]
    event_timestamp: datetime
    recorded_at: datetime
    processing_latency_seconds: float
    processed_by: str
    event_data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: ids of the events that are on record since now, and why others are not."""

    new_event_ids: frozenset[str]
    failures: Mapping[str, Exception]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries a list shows. Times are inclusive and those of the events; None: any."""

    aggregate_id: str | None = None
    event_type: str | None = None
    correlation_id: str | None = None
    from_timestamp: datetime | None = None
    to_timestamp: datetime | None = None


class AuditTrail(Protocol):
    """Every event, once. Each method raises StoreUnavailableError."""

    def record(self, entries: Sequence[AuditEntry]) -> Recorded:
        """Write the entries whose event is not on record yet; the others change nothing.

        Another event under an id that is on record is a ForkError of its own, one that the store cannot hold an
        UnreadableError. Raises StoreUnavailableError when it is not known what was written: deliver all again.
        """

    def list(self, wanted: AuditFilter, place: Place, limit: int) -> Page[AuditEntry]:
        """Entries by position, newest first."""

    def of_claim(self, claim_id: str, *, after_version: int = 0, skip: int = 0, limit: int) -> Sequence[AuditEntry]:
        """A claim's entries, oldest first."""

    def totals(self) -> HistoryTotals:
        """Counts over all entries, latencies included."""

    def newest_latencies(self, count_max: int) -> Sequence[float]:
        """The latencies, in seconds, of the newest entries."""
