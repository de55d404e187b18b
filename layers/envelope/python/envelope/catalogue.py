"""The catalogue of event types: the name that is stored, the payload it carries, its current schema version.

The names are stored data: they are never changed.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from envelope.errors import UnreadableError
from envelope.model import Envelope
from envelope.payloads import (
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
)
from envelope.reasons import reasons
from envelope.upcasting import UpcasterRegistry

ClaimEvent = ReclamationCreee | ReclamationAffectee | ReclamationEnCours | ReclamationResolue | ReclamationCloturee
Event = ClaimEvent | ReclamationEnrichie


@dataclass(frozen=True)
class EventType:
    """One published type of event."""

    name: str
    payload: type[Event]
    schema_version: int = 1


EVENT_TYPES: dict[str, EventType] = {
    kind.name: kind
    for kind in (
        EventType("ReclamationCreee", ReclamationCreee),
        EventType("ReclamationAffectee", ReclamationAffectee),
        EventType("ReclamationEnCours", ReclamationEnCours),
        EventType("ReclamationResolue", ReclamationResolue),
        EventType("ReclamationCloturee", ReclamationCloturee),
        EventType("ReclamationEnrichie", ReclamationEnrichie),
    )
}

UPCASTERS = UpcasterRegistry()


def event_type_of(payload: Event) -> EventType:
    """The catalogue's entry for a payload."""
    return EVENT_TYPES[type(payload).__name__]


def read_payload(envelope: Envelope) -> Event:
    """The payload of a stored event at today's schema version.

    Raises UnreadableError for a type that is not in the catalogue, a version newer than ours, or data that no version
    of us wrote.
    """
    kind = EVENT_TYPES.get(envelope.event_type)
    if kind is None:
        raise UnreadableError(f"event {envelope.event_id} has the unknown type {envelope.event_type!r}")
    if envelope.schema_version > kind.schema_version:
        raise UnreadableError(
            f"event {envelope.event_id} has schema version {envelope.schema_version} of {kind.name}, newer than ours"
        )
    try:
        data = UPCASTERS.upcast(kind.name, envelope.data, envelope.schema_version, kind.schema_version)
        return kind.payload.model_validate(data)
    except LookupError as error:
        raise UnreadableError(f"event {envelope.event_id} has no upcaster for {error}") from error
    except ValidationError as error:
        # No cause: its text repeats the values.
        raise UnreadableError(f"event {envelope.event_id} does not read as {kind.name}: {reasons(error)}") from None
