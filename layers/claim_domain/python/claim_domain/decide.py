"""Decide: from the claim as it is and a command, the fact that follows, or the reason there is none."""

from typing import assert_never

from claim_domain.claim import Claim, ClaimStatus
from claim_domain.commands import AssignClaim, ClaimCommand, CloseClaim, CreateClaim, ResolveClaim, StartClaim
from envelope import (
    ClaimEvent,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationResolue,
)
from envelope.errors import NotFoundError, RejectedError


class WrongStatusError(RejectedError):
    """The claim's status does not allow the command."""

    def __init__(self, claim: Claim, action: str, *needed: ClaimStatus) -> None:
        allowed = " or ".join(needed)
        super().__init__(f"claim {claim.claim_id} is {claim.status}; to {action} it, it must be {allowed}")


class ClaimExistsError(RejectedError):
    """A claim is created once."""


def decide(claim: Claim | None, command: ClaimCommand) -> ClaimEvent:
    """The fact that follows from `command`.

    Raises NotFoundError for any command but CreateClaim on a claim that never was, ClaimExistsError and
    WrongStatusError where the claim does not allow it.
    """
    if isinstance(command, CreateClaim):
        return _create(claim, command)
    if claim is None:
        raise NotFoundError("there is no such claim")
    match command:
        case AssignClaim():
            return _assign(claim, command)
        case StartClaim():
            return _start(claim)
        case ResolveClaim():
            return _resolve(claim, command)
        case CloseClaim():
            return _close(claim, command)
        case _:
            assert_never(command)


def _create(claim: Claim | None, command: CreateClaim) -> ReclamationCreee:
    if claim is not None:
        raise ClaimExistsError(f"claim {claim.claim_id} exists already")
    return ReclamationCreee(
        customer_id=command.customer_id,
        claim_type=command.claim_type,
        description=command.description,
        urgency=command.urgency,
        product_id=command.product_id,
        order_id=command.order_id,
        channel=command.channel,
        customer=command.customer,
        order=command.order,
    )


def _assign(claim: Claim, command: AssignClaim) -> ReclamationAffectee:
    _need(claim, "assign", ClaimStatus.CREATED, ClaimStatus.ASSIGNED, ClaimStatus.IN_PROGRESS)
    return ReclamationAffectee(
        agent_id=command.agent_id,
        agent_name=command.agent_name,
        agent_email=command.agent_email,
        assignment_reason=command.assignment_reason,
        estimated_resolution_time=command.estimated_resolution_time,
    )


def _start(claim: Claim) -> ReclamationEnCours:
    _need(claim, "start", ClaimStatus.ASSIGNED)
    assert claim.agent_id is not None, "an assigned claim has an agent"
    return ReclamationEnCours(agent_id=claim.agent_id)


def _resolve(claim: Claim, command: ResolveClaim) -> ReclamationResolue:
    _need(claim, "resolve", ClaimStatus.IN_PROGRESS)
    return ReclamationResolue(
        resolution=command.resolution,
        resolution_type=command.resolution_type,
        customer_satisfaction=command.customer_satisfaction,
        follow_up_required=command.follow_up_required,
        replacement_tracking=command.replacement_tracking,
    )


def _close(claim: Claim, command: CloseClaim) -> ReclamationCloturee:
    _need(claim, "close", ClaimStatus.RESOLVED)
    return ReclamationCloturee(reason=command.reason)


def _need(claim: Claim, action: str, *allowed: ClaimStatus) -> None:
    if claim.status not in allowed:
        raise WrongStatusError(claim, action, *allowed)
