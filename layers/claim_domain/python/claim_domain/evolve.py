"""Evolve: fold one fact into the state. It refuses no business case: the fact already happened."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from claim_domain.claim import Claim, ClaimStatus
from envelope import (
    ClaimEvent,
    Envelope,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
    read_payload,
)
from envelope.errors import UnreadableError


class BrokenHistoryError(UnreadableError):
    """The events given are not versions 1, 2, … of one claim, the first of them its creation."""


def replay(envelopes: Iterable[Envelope], claim: Claim | None = None) -> Claim | None:
    """Fold stored events, oldest first, into `claim` (None: from nothing).

    Raises BrokenHistoryError when a version is missing or doubled, UnreadableError for an event we cannot read.
    """
    for envelope in envelopes:
        claim = evolve_recorded(claim, envelope)
    return claim


def evolve_recorded(claim: Claim | None, envelope: Envelope) -> Claim:
    """Fold one stored event into the claim. Raises as `replay` does."""
    expected = claim.version + 1 if claim else 1
    if envelope.version != expected:
        raise BrokenHistoryError(
            f"{envelope.aggregate_id}: version {envelope.version} came where {expected} was expected"
        )
    event = read_payload(envelope)
    if isinstance(event, ReclamationEnrichie):
        raise BrokenHistoryError(f"{envelope.aggregate_id} is the context of a claim, not a claim")
    return evolve(claim, event, claim_id=envelope.aggregate_id, occurred_at=envelope.timestamp)


def evolve(claim: Claim | None, event: ClaimEvent, *, claim_id: str, occurred_at: datetime) -> Claim:
    """The claim after one more event, at the next version."""
    if isinstance(event, ReclamationCreee):
        return _created(event, claim_id, occurred_at)
    if claim is None:
        raise BrokenHistoryError(f"{claim_id}: the first event is {type(event).__name__}, not ReclamationCreee")
    claim = replace(claim, version=claim.version + 1, updated_at=occurred_at)
    match event:
        case ReclamationAffectee():
            return _assigned(claim, event, occurred_at)
        case ReclamationEnCours():
            return replace(claim, status=ClaimStatus.IN_PROGRESS, started_at=occurred_at)
        case ReclamationResolue():
            return _resolved(claim, event, occurred_at)
        case ReclamationCloturee():
            return replace(claim, status=ClaimStatus.CLOSED, close_reason=event.reason, closed_at=occurred_at)
        case _:
            assert_never(event)


def _created(event: ReclamationCreee, claim_id: str, occurred_at: datetime) -> Claim:
    return Claim(
        claim_id=claim_id,
        version=1,
        status=ClaimStatus.CREATED,
        customer_id=event.customer_id,
        claim_type=event.claim_type,
        description=event.description,
        urgency=event.urgency,
        product_id=event.product_id,
        order_id=event.order_id,
        channel=event.channel,
        customer=event.customer,
        order=event.order,
        created_at=occurred_at,
        updated_at=occurred_at,
    )


def _assigned(claim: Claim, event: ReclamationAffectee, occurred_at: datetime) -> Claim:
    # Another agent taking over work in progress does not send the work back to its start.
    status = ClaimStatus.IN_PROGRESS if claim.status is ClaimStatus.IN_PROGRESS else ClaimStatus.ASSIGNED
    return replace(
        claim,
        status=status,
        agent_id=event.agent_id,
        agent_name=event.agent_name,
        assignment_reason=event.assignment_reason,
        estimated_resolution_time=event.estimated_resolution_time,
        assigned_at=occurred_at,
    )


def _resolved(claim: Claim, event: ReclamationResolue, occurred_at: datetime) -> Claim:
    return replace(
        claim,
        status=ClaimStatus.RESOLVED,
        resolution=event.resolution,
        resolution_type=event.resolution_type,
        customer_satisfaction=event.customer_satisfaction,
        follow_up_required=event.follow_up_required,
        replacement_tracking=event.replacement_tracking,
        resolved_at=occurred_at,
    )
