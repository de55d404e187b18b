"""A decision ready to be appended: the event, the claim after it, and what a repeat will be answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claim_domain import Claim, ClaimCommand, ClaimStatus, decide, evolve
from envelope import Envelope, event_type_of
from functions.claims.requests import RequestContext, hash_command
from metrics.tracing import Span
from repositories.ports.event_log import Append, Appended, Command, Outcome


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that was done, now or at its first coming (`replayed`)."""

    claim_id: str
    status: ClaimStatus
    version: int
    position: int
    event_id: str
    correlation_id: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a command, not yet appended. `before` is None for a new claim."""

    before: Claim | None
    after: Claim
    event: Envelope
    command: Command | None

    def to_append(self, span: Span) -> Append:
        """The item for the log; what follows from the event belongs to the span."""
        return Append(self.after.claim_id, span.stamp([self.event]), self.event.version - 1, self.command)

    def accepted(self, appended: Appended) -> Accepted:
        """The answer, or the first one where the log had recorded the command before."""
        if appended.outcome is not None:
            return accepted_before(appended.outcome)
        return Accepted(**_answer(self.after, self.event), version=appended.version, position=appended.position)


def make_decision(
    claim: Claim | None,
    claim_id: str,
    asked: ClaimCommand,
    context: RequestContext,
    *,
    now: datetime,
    event_id: str,
    idempotency_ttl_s: int,
) -> Decision:
    """Decide. Raises PreconditionError for If-Match and whatever `claim_domain.decide` raises."""
    context.check_version(claim)
    fact = decide(claim, asked)
    # A clock that went back must not put an event before the one it follows: replay up to a time relies on it.
    occurred_at = max(now, claim.updated_at) if claim else now
    after = evolve(claim, fact, claim_id=claim_id, occurred_at=occurred_at)
    kind = event_type_of(fact)
    event = Envelope(
        event_id=event_id,
        event_type=kind.name,
        aggregate_id=claim_id,
        data=fact.model_dump(mode="json", exclude_none=True),
        timestamp=occurred_at,
        correlation_id=context.correlation_id,
        version=after.version,
        schema_version=kind.schema_version,
        causation_id=context.causation_id,
        actor=context.actor,
    )
    return Decision(claim, after, event, _command(claim, asked, context, _answer(after, event), idempotency_ttl_s))


def accepted_before(outcome: Outcome) -> Accepted:
    """The first answer to a command that came again."""
    answer = {**outcome.answer, "status": ClaimStatus(outcome.answer["status"])}
    return Accepted(**answer, version=outcome.version, position=outcome.position, replayed=True)


def _command(
    claim: Claim | None, asked: ClaimCommand, context: RequestContext, answer: dict[str, Any], ttl_s: int
) -> Command | None:
    if context.idempotency_key is None:
        return None
    return Command(context.idempotency_key, hash_command(claim.claim_id if claim else None, asked), ttl_s, answer)


def _answer(after: Claim, event: Envelope) -> dict[str, Any]:
    return {
        "claim_id": after.claim_id,
        "status": after.status,
        "event_id": event.event_id,
        "correlation_id": event.correlation_id,
    }
