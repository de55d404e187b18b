"""The subscriber's use case: an audit entry for every event."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from envelope import Envelope
from envelope.errors import UnreadableError
from handlers.batch import Record
from metrics.catalog import AUDIT_ENTRIES_CREATED
from repositories.ports.audit_trail import AuditEntry, AuditTrail

PROCESSED_BY = "audit-service"
AUDIT_IDS = UUID("8f6f4a52-0d0e-4e3b-9c53-6a7d2f1f6c11")  # the namespace of audit ids; stored data depends on it


class Recording:
    """Records batches. `clock` tells the time in UTC, cut to milliseconds."""

    def __init__(self, trail: AuditTrail, clock: Callable[[], datetime]) -> None:
        self._trail = trail
        self._clock = clock

    def record(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        """Record all at once. Returns the failures by entry id; raises StoreUnavailableError: all must come again."""
        recorded_at = self._clock()
        placed = [record.envelope for record in records if record.envelope.position is not None]
        recorded = self._trail.record([entry_for(envelope, recorded_at) for envelope in placed])
        for envelope in placed:
            if envelope.event_id in recorded.new_event_ids:
                AUDIT_ENTRIES_CREATED.labels(envelope.event_type).inc()
        return {**_without_position(records), **_by_entry_id(records, recorded.failures)}


def entry_for(envelope: Envelope, recorded_at: datetime) -> AuditEntry:
    """The entry of an event that the log has appended. Its audit id follows from the event's id: a repeat is equal."""
    assert envelope.position is not None, "the log has appended it"
    return AuditEntry(
        audit_id=str(uuid5(AUDIT_IDS, envelope.event_id)),
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        aggregate_id=envelope.aggregate_id,
        version=envelope.version,
        position=envelope.position,
        correlation_id=envelope.correlation_id,
        causation_id=envelope.causation_id,
        actor=envelope.actor.model_dump(),
        event_timestamp=envelope.timestamp,
        recorded_at=recorded_at,
        # Two machines' clocks: an event from the near future was recorded at once.
        processing_latency_seconds=max((recorded_at - envelope.timestamp).total_seconds(), 0.0),
        processed_by=PROCESSED_BY,
        event_data=envelope.data,
    )


def _without_position(records: Sequence[Record]) -> dict[str, Exception]:
    return {
        record.entry_id: UnreadableError(f"event {record.envelope.event_id} has no position")
        for record in records
        if record.envelope.position is None
    }


def _by_entry_id(records: Sequence[Record], failures: Mapping[str, Exception]) -> dict[str, Exception]:
    return {
        record.entry_id: failures[record.envelope.event_id]
        for record in records
        if record.envelope.event_id in failures
    }
