"""The use cases of the command side: load, decide, append."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from claim_domain import Claim, ClaimCommand, CreateClaim, replay
from envelope import Envelope, utc_now
from envelope.errors import NotFoundError, PreconditionError, RecoursError, RejectedError
from functions.claims.decisions import Accepted, Decision, accepted_before, make_decision
from functions.claims.recent_claims import RecentClaims
from functions.claims.requests import RequestContext, hash_command
from metrics import tracing
from metrics.catalog import (
    CLAIMS_CREATED,
    CLAIMS_CREATED_BY_URGENCY,
    CLAIMS_STATUS_CHANGES,
    EVENTS_PUBLISHED,
)
from metrics.logs import logger
from repositories.errors import VersionConflictError
from repositories.ports.event_log import Appended, EventLog

ATTEMPTS_MAX = 6
ITEM_SEPARATOR = "\x1f"  # not printable, so no key that a client sends is that of an item
PAUSE_S_MAX = 0.01  # doubled with every lost race; a race is over within one append, about a millisecond

ReadHistory = Callable[[str], Sequence[Envelope]]


class ClaimService:
    """Decides on commands. Holds no state that the log does not prove right at each append."""

    def __init__(
        self,
        log: EventLog,
        read_history: ReadHistory,
        *,
        idempotency_ttl_s: int,
        now: Callable[[], datetime] = utc_now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`read_history` gives all events of a claim, oldest first; `pause` waits a number of seconds."""
        self._log = log
        self._read_history = read_history
        self._idempotency_ttl_s = idempotency_ttl_s
        self._now = now
        self._pause = pause
        self._recent = RecentClaims()

    def create(self, command: CreateClaim, context: RequestContext) -> Accepted:
        """Open a claim. Raises what `EventLog.append` raises."""
        return self._append(self._decide(None, _new_claim_id(), command, context))

    def create_many(
        self, commands: Mapping[int, CreateClaim], context: RequestContext
    ) -> dict[int, Accepted | RecoursError]:
        """Open claims, each by itself; the keys are their places in the request, from 0.

        The idempotency key of each is the request's with its place behind.
        """
        decisions = {
            index: self._decide(None, _new_claim_id(), command, _context_of_item(context, index))
            for index, command in commands.items()
        }
        with tracing.appending([decision.event for decision in decisions.values()]) as span:
            answers = self._log.append_many([decision.to_append(span) for decision in decisions.values()])
        return {
            index: answer if isinstance(answer, RecoursError) else self._settle(decision, answer)
            for (index, decision), answer in zip(decisions.items(), answers, strict=True)
        }

    def change(self, claim_id: str, command: ClaimCommand, context: RequestContext) -> Accepted:
        """Do a command on a claim.

        Raises NotFoundError, PreconditionError (If-Match), RejectedError (not in this status, or every race lost), and
        what `EventLog.append` raises.
        """
        for attempt in range(ATTEMPTS_MAX):
            recent = self._recent.get(claim_id)
            try:
                return self._append(self._decide(recent or self._load(claim_id), claim_id, command, context))
            except VersionConflictError:
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                self._pause(random.uniform(0, PAUSE_S_MAX * 2**attempt))  # noqa: S311 (jitter, no secret)
            except (NotFoundError, PreconditionError, RejectedError) as refusal:
                if recent is None:
                    return self._answer_before(claim_id, command, context, refusal)
            # Lost, or refused on the word of our own memory, which only an append proves right: look at the log.
            self._recent.forget(claim_id)
        raise AssertionError("the last attempt returns or raises")

    def get(self, claim_id: str) -> Claim:
        """The claim, folded from its events without any shortcut. Raises NotFoundError."""
        claim = replay(self._read_history(claim_id))
        if claim is None:
            raise no_claim(claim_id)
        return claim

    def events(self, claim_id: str) -> Sequence[Envelope]:
        """The claim's events, oldest first. Raises NotFoundError where there are none."""
        events = self._read_history(claim_id)
        if not events:
            raise no_claim(claim_id)
        return events

    def _load(self, claim_id: str) -> Claim | None:
        return replay(self._read_history(claim_id))

    def _decide(self, claim: Claim | None, claim_id: str, command: ClaimCommand, context: RequestContext) -> Decision:
        with tracing.step("decide"):
            return make_decision(
                claim,
                claim_id,
                command,
                context,
                now=self._now(),
                event_id=str(uuid4()),
                idempotency_ttl_s=self._idempotency_ttl_s,
            )

    def _append(self, decision: Decision) -> Accepted:
        with tracing.appending([decision.event]) as span:
            item = decision.to_append(span)
            appended = self._log.append(
                item.claim_id, item.events, expected_version=item.expected_version, command=item.command
            )
        return self._settle(decision, appended)

    def _settle(self, decision: Decision, appended: Appended) -> Accepted:
        if not appended.replayed:
            self._recent.keep(decision.after)
            _count(decision)
            logger.info("event published", extra=_facts(decision, appended))
        return decision.accepted(appended)

    def _answer_before(
        self, claim_id: str, command: ClaimCommand, context: RequestContext, refusal: RecoursError
    ) -> Accepted:
        """A command is refused only if it was not done before: its repeat comes when the claim has moved on."""
        if context.idempotency_key is None:
            raise refusal
        outcome = self._log.outcome_of(context.idempotency_key, hash_command(claim_id, command))
        if outcome is None:
            raise refusal
        return accepted_before(outcome)


def no_claim(claim_id: str) -> NotFoundError:
    """What is said of a claim that is not there, and of one that the caller may not know of."""
    return NotFoundError(f"there is no claim {claim_id}")


def _new_claim_id() -> str:
    return f"claim_{uuid4().hex}"


def _context_of_item(context: RequestContext, index: int) -> RequestContext:
    if context.idempotency_key is None:
        return context
    return replace(context, idempotency_key=f"{context.idempotency_key}{ITEM_SEPARATOR}{index}")


def _count(decision: Decision) -> None:
    EVENTS_PUBLISHED.labels(decision.event.event_type).inc()
    before = decision.before.status if decision.before else "none"
    if decision.before is None:
        CLAIMS_CREATED.labels(decision.after.claim_type).inc()
        CLAIMS_CREATED_BY_URGENCY.labels(decision.after.urgency).inc()
    if before != decision.after.status:
        CLAIMS_STATUS_CHANGES.labels(before, decision.after.status).inc()


def _facts(decision: Decision, appended: Appended) -> dict[str, object]:
    return {
        "event_type": decision.event.event_type,
        "event_id": decision.event.event_id,
        "claim_id": decision.after.claim_id,
        "version": appended.version,
        "position": appended.position,
    }
