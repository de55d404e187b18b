"""The audit trail has one entry an event, which says what the event says, and nothing else. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from envelope import Envelope
from functions.audit.recording import entry_for
from local.verify.differences import differing
from local.verify.findings import Finding
from local.verify.moment import Moment
from repositories.ports.audit_trail import AuditEntry

Document = dict[str, Any]

# What the event does not tell: when it was recorded and by whom.
_RECORDERS_OWN = frozenset({"recorded_at", "processing_latency_seconds", "processed_by"})
_SAID_BY_EVENT = tuple(each.name for each in fields(AuditEntry) if each.name not in _RECORDERS_OWN)


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
    entry = entry_for(event, event.timestamp)
    return {"_id": event.event_id, **{name: getattr(entry, name) for name in _SAID_BY_EVENT}}


def _said(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in _RECORDERS_OWN}
