"""The event envelope, the catalogue of event types and what reads both from stored JSON."""

from envelope.catalogue import EVENT_TYPES, ClaimEvent, EventType, event_type_of, read_payload
from envelope.model import Actor, Envelope, from_json, to_json
from envelope.payloads import (
    ClaimType,
    CustomerContext,
    OrderContext,
    OrderItem,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationResolue,
    Urgency,
)
from envelope.times import UtcMillis, format_utc, parse_utc, utc_now

__all__ = [
    "EVENT_TYPES",
    "Actor",
    "ClaimEvent",
    "ClaimType",
    "CustomerContext",
    "Envelope",
    "EventType",
    "OrderContext",
    "OrderItem",
    "ReclamationAffectee",
    "ReclamationCloturee",
    "ReclamationCreee",
    "ReclamationEnCours",
    "ReclamationResolue",
    "Urgency",
    "UtcMillis",
    "event_type_of",
    "format_utc",
    "from_json",
    "parse_utc",
    "read_payload",
    "to_json",
    "utc_now",
]
