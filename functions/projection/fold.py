"""Fold one event into a claim's row. Pure: the row and the event come in, the next row goes out."""

from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from envelope import (
    CONTEXT_VERSION,
    Envelope,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
    context_id_of,
    format_utc,
    is_context_id,
    read_payload,
)
from envelope.errors import RetryableError, UnreadableError
from functions.projection.context import learnt, name_of, order_of
from functions.projection.orders import product_id_of, status_of
from functions.projection.text import storable
from repositories.errors import ForkError
from repositories.ports.read_model_rows import ClaimRow

LaterEvent = ReclamationAffectee | ReclamationEnCours | ReclamationResolue | ReclamationCloturee

# Told by the row itself, or how to reach people, which reading claims does not need.
_NOT_IN_HISTORY = frozenset({"description", "customer", "order", "agent_email"})


class VersionGapError(RetryableError):
    """An earlier event of the claim has not been applied yet: this one comes again."""


class ClaimMissingError(RetryableError):
    """The claim that a context belongs to has not been created here yet: the context comes again."""


class OutOfPlaceError(UnreadableError):
    """The event cannot stand where it stands: a first one that creates nothing, a creation of what is there."""


def fold(row: ClaimRow | None, envelope: Envelope, position: int) -> ClaimRow:
    """The claim's row after an event of the claim or of its context; the very same one when the event is in it already.

    Raises VersionGapError, ClaimMissingError, OutOfPlaceError, UnreadableError for data that no version of us wrote,
    ForkError where another event had this version.
    """
    if is_context_id(envelope.aggregate_id):
        return _enriched(row, envelope, position)
    version = row.version if row else 0
    if row and envelope.version <= version:
        _check_same(row, envelope)
        return row
    if envelope.version > version + 1:
        raise VersionGapError(
            f"{envelope.aggregate_id}: version {envelope.version} came, version {version + 1} is missing"
        )
    clean = envelope.model_copy(update={"data": storable(envelope.data)})
    event = read_payload(clean)
    if isinstance(event, ReclamationCreee):
        return _created(row, event, clean, position)
    if isinstance(event, ReclamationEnrichie):
        raise OutOfPlaceError(f"{envelope.aggregate_id} has a context among its own events")
    if row is None:
        raise OutOfPlaceError(f"{envelope.aggregate_id} begins with {envelope.event_type}, not with ReclamationCreee")
    changes = _changes(row, event, envelope.timestamp)
    entry = _history_entry(clean, position, changes.get("status", row.status))
    # One replace and not one a step: it is most of what folding costs.
    return replace(
        row,
        version=envelope.version,
        # The claim's context may have come first, though it happened later.
        position=max(row.position, position),
        updated_at=max(row.updated_at, envelope.timestamp),
        history=(*row.history, entry),
        **changes,
    )


def _check_same(row: ClaimRow, envelope: Envelope) -> None:
    if row.history[envelope.version - 1]["event_id"] != storable(envelope.event_id):
        raise ForkError(f"{row.claim_id}: version {envelope.version} was another event before")


def _enriched(row: ClaimRow | None, envelope: Envelope, position: int) -> ClaimRow:
    """The row with its context. Status, version and history are the claim's own: they stay."""
    event_id = storable(envelope.event_id)
    if row and row.context_event_id is not None:
        if row.context_event_id != event_id:
            raise ForkError(f"{row.claim_id}: its context was told by another event before")
        return row
    event = _read_context(envelope)
    if row is None:
        raise ClaimMissingError(f"{event.claim_id} is not there yet")
    return replace(
        row,
        position=max(row.position, position),
        updated_at=max(row.updated_at, envelope.timestamp),
        context_event_id=event_id,
        **learnt(row, event, envelope.timestamp),
    )


def _read_context(envelope: Envelope) -> ReclamationEnrichie:
    event = read_payload(envelope.model_copy(update={"data": storable(envelope.data)}))
    if not isinstance(event, ReclamationEnrichie) or envelope.version != CONTEXT_VERSION:
        place = f"{envelope.event_type} at version {envelope.version}"
        raise OutOfPlaceError(f"{envelope.aggregate_id} has {place}: a context is one ReclamationEnrichie")
    if storable(envelope.aggregate_id) != context_id_of(event.claim_id):
        raise OutOfPlaceError(f"{envelope.aggregate_id} has the context of another claim")
    return event


def _changes(row: ClaimRow, event: LaterEvent, occurred_at: datetime) -> dict[str, Any]:
    """The fields that the event changes."""
    match event:
        case ReclamationAffectee():
            return _assigned(row, event, occurred_at)
        case ReclamationEnCours():
            return {"status": "in_progress", "started_at": occurred_at}
        case ReclamationResolue():
            return _resolved(event, occurred_at)
        case ReclamationCloturee():
            return {"status": "closed", "closed_at": occurred_at, "close_reason": event.reason}
        case _:
            assert_never(event)


def _created(row: ClaimRow | None, event: ReclamationCreee, envelope: Envelope, position: int) -> ClaimRow:
    if row is not None:
        raise OutOfPlaceError(f"{row.claim_id} is created again at version {envelope.version}")
    order = order_of(event.order)
    return ClaimRow(
        claim_id=storable(envelope.aggregate_id),
        version=envelope.version,
        position=position,
        status="created",
        customer_id=event.customer_id,
        customer_name=name_of(event.customer),
        claim_type=event.claim_type,
        description=event.description,
        urgency=event.urgency,
        product_id=event.product_id or product_id_of(order),
        order_id=event.order_id,
        order_status=status_of(order),
        channel=event.channel,
        order=order,
        created_at=envelope.timestamp,
        updated_at=envelope.timestamp,
        history=(_history_entry(envelope, position, "created"),),
    )


def _assigned(row: ClaimRow, event: ReclamationAffectee, occurred_at: datetime) -> dict[str, Any]:
    return {
        # Another agent taking over work in progress does not send the work back to its start.
        "status": "in_progress" if row.status == "in_progress" else "assigned",
        "agent_id": event.agent_id,
        "agent_name": event.agent_name,
        "assignment_reason": event.assignment_reason,
        "estimated_resolution_time": event.estimated_resolution_time,
        "assigned_at": occurred_at,
    }


def _resolved(event: ReclamationResolue, occurred_at: datetime) -> dict[str, Any]:
    return {
        "status": "resolved",
        "resolution": event.resolution,
        "resolution_type": event.resolution_type,
        "customer_satisfaction": event.customer_satisfaction,
        "follow_up_required": event.follow_up_required,
        "replacement_tracking": event.replacement_tracking,
        "resolved_at": occurred_at,
    }


def _history_entry(envelope: Envelope, position: int, status: str) -> dict[str, Any]:
    return {
        "version": envelope.version,
        "event_id": storable(envelope.event_id),
        "event_type": envelope.event_type,
        "timestamp": format_utc(envelope.timestamp),
        "position": position,
        "status": status,
        "correlation_id": storable(envelope.correlation_id),
        "actor": storable(envelope.actor.model_dump()),
        "data": {name: value for name, value in envelope.data.items() if name not in _NOT_IN_HISTORY},
    }
