"""An event as the archive keeps it, and back."""

import hashlib

from envelope import Envelope, to_json
from envelope.errors import UnreadableError
from repositories.mongo.client import Document
from repositories.ports.history_totals import Fact


def to_document(envelope: Envelope) -> Document:
    """Every field of the envelope, with the time as a date; `_id` makes one version of a claim exist once.

    Raises UnreadableError for an event that no log has appended.
    """
    if envelope.position is None:
        raise UnreadableError(f"event {envelope.event_id} has no position")
    return {"_id": id_of(envelope.aggregate_id, envelope.version), **envelope.model_dump()}


def id_of(aggregate_id: str, version: int) -> str:
    """The `_id` of a version of a claim."""
    return f"{aggregate_id}:{version}"


def to_envelope(document: Document) -> Envelope:
    """The event that `to_document` was given."""
    return Envelope.model_validate({name: value for name, value in document.items() if name != "_id"})


def to_fact(document: Document) -> Fact:
    """What of the event is counted."""
    return Fact(
        position=document["position"],
        event_type=document["event_type"],
        moment=document["timestamp"],
        claim_id=document["aggregate_id"],
        version=document["version"],
    )


def describe_last(document: Document) -> Document:
    """What the checkpoint tells of the event it stands at."""
    return {"event_id": document["event_id"], "event_hash": event_hash(to_envelope(document))}


def event_hash(envelope: Envelope) -> str:
    """SHA-256, in hex, of the event as the log has it."""
    return hashlib.sha256(to_json(envelope)).hexdigest()
