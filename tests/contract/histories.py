"""Events as the log hands them to its subscribers, for the tests of the archive and the audit trail."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from claim_domain import (
    AssignClaim,
    Claim,
    ClaimCommand,
    CloseClaim,
    CreateClaim,
    ResolveClaim,
    StartClaim,
    decide,
    evolve_recorded,
)
from envelope import CONTEXT_VERSION, Actor, Envelope, context_id_of, event_type_of
from handlers.batch import StreamBatch

START = datetime(2025, 7, 8, 14, 30, tzinfo=UTC)

CREATE = CreateClaim("cust_12345", "product_defect", "Produit défectueux reçu \u0000 « 😀 »", product_id="prod_1")
LIFE: Sequence[ClaimCommand] = (
    CREATE,
    AssignClaim("agent_smith", agent_name="John Smith"),
    StartClaim(),
    ResolveClaim("Produit remplacé par un neuf", resolution_type="replacement"),
    CloseClaim("Client satisfait"),
)


class Writer:
    """The write side, as far as the archive can tell: decides, numbers, and remembers each claim as it left it."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.events: list[Envelope] = []

    def write(
        self, claim_id: str, command: ClaimCommand, *, at: datetime | None = None, correlation_id: str | None = None
    ) -> Envelope:
        claim = self.claims.get(claim_id)
        payload = decide(claim, command)
        version = claim.version + 1 if claim else 1
        position = len(self.events) + 1
        event = Envelope(
            event_id=str(uuid5(NAMESPACE_URL, f"{claim_id}:{version}")),
            event_type=event_type_of(payload).name,
            aggregate_id=claim_id,
            data=payload.model_dump(mode="json"),
            timestamp=at or START + timedelta(minutes=position),
            correlation_id=correlation_id or f"trace_{claim_id}",
            version=version,
            position=position,
        )
        self.claims[claim_id] = evolve_recorded(claim, event)
        self.events.append(event)
        return event

    def enrich(self, claim_id: str) -> Envelope:
        """The context of a claim, which the integration service appends beside the claim's own events."""
        first = next(event for event in self.events if event.aggregate_id == claim_id)
        position = len(self.events) + 1
        event = Envelope(
            event_id=str(uuid5(NAMESPACE_URL, context_id_of(claim_id))),
            event_type="ReclamationEnrichie",
            aggregate_id=context_id_of(claim_id),
            data={"claim_id": claim_id, "customer": {"name": "Zoé Müller", "source": "customer_service"}},
            timestamp=START + timedelta(minutes=position),
            correlation_id=first.correlation_id,
            causation_id=first.event_id,
            actor=Actor(type="service", id="integration"),
            version=CONTEXT_VERSION,
            position=position,
        )
        self.events.append(event)
        return event

    def live(self, claim_id: str, steps: int = 5) -> list[Envelope]:
        """The first `steps` events of a claim's life."""
        return [self.write(claim_id, command) for command in LIFE[:steps]]


def life(claim_id: str = "claim_67890", steps: int = 5) -> list[Envelope]:
    """One claim, alone in the log."""
    return Writer().live(claim_id, steps)


def lives(count: int) -> list[Envelope]:
    """Claims one after the other, `claim_1` first."""
    writer = Writer()
    for number in range(1, count + 1):
        writer.live(f"claim_{number}")
    return writer.events


def changed(event: Envelope, **fields: Any) -> Envelope:
    """The event with other fields: what a second history has in its place."""
    return event.model_copy(update=fields)


def batch_of(events: Sequence[Envelope], group: str = "event-store-service", delivery_count: int = 1) -> StreamBatch:
    """What the poller invokes a handler with."""
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{event.position}-0",
                "stream": "events:all",
                "group": group,
                "deliveryCount": delivery_count,
                "event": event.model_dump(mode="json"),
            }
            for event in events
        ]
    }
