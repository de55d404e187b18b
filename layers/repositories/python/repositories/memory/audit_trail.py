"""The audit trail in memory: the same answers as the one on MongoDB, for tests."""

from collections.abc import Sequence

from repositories.errors import ForkError
from repositories.ports.audit_trail import AuditEntry, AuditFilter, Recorded
from repositories.ports.history_totals import Fact, HistoryTotals
from repositories.ports.pages import Page, Place


class MemoryAuditTrail:
    """An AuditTrail."""

    def __init__(self) -> None:
        self._entries: dict[str, AuditEntry] = {}

    def record(self, entries: Sequence[AuditEntry]) -> Recorded:
        """See `AuditTrail.record`."""
        new: set[str] = set()
        failures: dict[str, Exception] = {}
        for entry in entries:
            there = self._entries.setdefault(entry.event_id, entry)
            if there is entry:
                new.add(entry.event_id)
            elif _event_of(there) != _event_of(entry):
                failures[entry.event_id] = ForkError(f"event id {entry.event_id} is on record for another event")
        return Recorded(frozenset(new), failures)

    def list(self, wanted: AuditFilter, place: Place, limit: int) -> Page[AuditEntry]:
        """See `AuditTrail.list`."""
        matching = [
            entry
            for entry in self._newest_first()
            if _matches(entry, wanted) and (place.position is None or entry.position < place.position)
        ]
        rest = matching[place.skip :]
        return Page(rest[:limit], Place(rest[limit - 1].position) if len(rest) > limit else None)

    def of_claim(self, claim_id: str, *, after_version: int = 0, skip: int = 0, limit: int) -> Sequence[AuditEntry]:
        """See `AuditTrail.of_claim`."""
        entries = [
            entry
            for entry in self._entries.values()
            if entry.aggregate_id == claim_id and entry.version > after_version
        ]
        return sorted(entries, key=lambda entry: entry.version)[skip : skip + limit]

    def totals(self) -> HistoryTotals:
        """See `AuditTrail.totals`."""
        totals = HistoryTotals()
        totals.add_all(_fact(entry) for entry in reversed(self._newest_first()))
        return totals

    def newest_latencies(self, count_max: int) -> Sequence[float]:
        """See `AuditTrail.newest_latencies`."""
        return [entry.processing_latency_seconds for entry in self._newest_first()[:count_max]]

    def _newest_first(self) -> Sequence[AuditEntry]:
        return sorted(self._entries.values(), key=lambda entry: entry.position, reverse=True)


def _fact(entry: AuditEntry) -> Fact:
    return Fact(
        entry.position,
        entry.event_type,
        entry.event_timestamp,
        entry.aggregate_id,
        entry.version,
        entry.processing_latency_seconds,
    )


def _event_of(entry: AuditEntry) -> tuple[object, ...]:
    return (
        entry.event_type,
        entry.aggregate_id,
        entry.version,
        entry.position,
        entry.event_timestamp,
        entry.event_data,
    )


def _matches(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        (wanted.aggregate_id is None or entry.aggregate_id == wanted.aggregate_id)
        and (wanted.event_type is None or entry.event_type == wanted.event_type)
        and (wanted.correlation_id is None or entry.correlation_id == wanted.correlation_id)
        and (wanted.from_timestamp is None or entry.event_timestamp >= wanted.from_timestamp)
        and (wanted.to_timestamp is None or entry.event_timestamp <= wanted.to_timestamp)
    )
