"""The event envelope, the catalogue of event types and what reads both from stored JSON."""

from envelope.catalogue import EVENT_TYPES, ClaimEvent, Event, EventType, event_type_of, read_payload
from envelope.contexts import CONTEXT_VERSION, claim_id_of, context_id_of, is_context_id
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
    ReclamationEnrichie,
    ReclamationResolue,
    Urgency,
)
from envelope.times import UtcMillis, format_utc, parse_utc, utc_now

__all__ = [
    "CONTEXT_VERSION",
    "EVENT_TYPES",
    "Actor",
    "ClaimEvent",
    "ClaimType",
    "CustomerContext",
    "Envelope",
    "Event",
    "EventType",
    "OrderContext",
    "OrderItem",
    "ReclamationAffectee",
    "ReclamationCloturee",
    "ReclamationCreee",
    "ReclamationEnCours",
    "ReclamationEnrichie",
    "ReclamationResolue",
    "Urgency",
    "UtcMillis",
    "claim_id_of",
    "context_id_of",
    "event_type_of",
    "format_utc",
    "from_json",
    "is_context_id",
    "parse_utc",
    "read_payload",
    "to_json",
    "utc_now",
]
