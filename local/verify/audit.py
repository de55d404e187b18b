"""The audit trail has one entry an event, which says what the event says, and nothing else. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid5

from envelope import Envelope
from local.verify.differences import differing
from local.verify.findings import Finding
from local.verify.moment import Moment

Document = dict[str, Any]

# What the event does not tell: when it was recorded and by whom.
_RECORDERS_OWN = frozenset({"recorded_at", "processing_latency_seconds", "processed_by"})
_AUDIT_IDS = UUID("8f6f4a52-0d0e-4e3b-9c53-6a7d2f1f6c11")  # the namespace of audit ids: stored data depends on it


def compare_audited(event: Envelope, documents: Sequence[Document], moment: Moment) -> Iterator[Finding]:
    """`documents` are the entries at the event's position."""
    position = event.position or 0
    there = False
    for document in documents:
        if document["_id"] == event.event_id:
            there = True
            names = differing(_expected(event), _said(document))
            if names:
                what = f"the entry of version {event.version} differs from the event in {', '.join(names)}"
                yield Finding("different", "audit", what, event.aggregate_id, position)
        else:
            what = f"entry {document['_id']} is a second one at position {position}"
            yield Finding("doubled", "audit", what, event.aggregate_id, position)
    if not there and moment.is_done("audit", position):
        what = f"there is no entry of version {event.version}"
        yield Finding("missing", "audit", what, event.aggregate_id, position)


def _expected(event: Envelope) -> Document:
    """As the HTTP contract has an entry. Said here, too: a subscriber must not be compared with itself."""
    return {
        "_id": event.event_id,
        "audit_id": str(uuid5(_AUDIT_IDS, event.event_id)),
        "event_id": event.event_id,
        "event_type": event.event_type,
        "aggregate_id": event.aggregate_id,
        "version": event.version,
        "position": event.position,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "actor": event.actor.model_dump(),
        "event_timestamp": event.timestamp,
        "event_data": event.data,
    }


def _said(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in _RECORDERS_OWN}
