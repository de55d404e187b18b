"""A small system with all of its history handled, and what a check finds in it."""

from typing import Any, NamedTuple
from uuid import uuid4

from envelope import CONTEXT_VERSION, Actor, Envelope, context_id_of, utc_now
from local.verify.check import check_stores
from local.verify.findings import Finding, Result
from local.verify.stores import Stores
from local.verify.subscribers import Subscribers, Subscription
from tests.integration.verify.damage import Damage
from tests.integration.verify.whole_system import AGENTS, STREAM, WholeSystem
from tests.unit.notification.claim_life import DATA

SUBSCRIBERS = Subscribers(
    {
        "archive": Subscription(STREAM, "event-store-service"),
        "audit": Subscription(STREAM, "audit-service"),
        "read_models": Subscription(STREAM, "projection-service"),
        "notifications": Subscription(STREAM, "notification-service"),
    },
    AGENTS,
)
CLAIMS = 4
EVENTS = CLAIMS * len(DATA)
CREATED, ASSIGNED = 2, 6  # positions of claim_2: its creation, its assignment


class World(NamedTuple):
    """Servers with the whole history of some claims, all of it handled."""

    system: WholeSystem
    stores: Stores
    damage: Damage

    def check(self) -> Result:
        """One check, without waiting for what seems wrong."""
        return check_stores(self.stores, SUBSCRIBERS, confirm_seconds=0)

    def found(self) -> list[tuple[str, str, str | None, int | None]]:
        """Kind, store, claim and position of each finding."""
        return [place_of(finding) for finding in self.check().findings]


def place_of(finding: Finding) -> tuple[str, str, str | None, int | None]:
    """What a finding is about."""
    return finding.kind, finding.store, finding.claim_id, finding.position


STAND_IN = "customer_of_order_45678"
UNKNOWN: dict[str, Any] = {"customer_id": STAND_IN, "customer": None, "order": None}
KNOWN: dict[str, Any] = {
    "customer_id": "cust_real",
    "customer": {
        "name": "Zoé Müller",
        "email": "zoe@example.com",
        "phone": "+33612345612",
        "source": "customer_service",
    },
    "order": {
        "status": "delivered",
        "items": [{"product_id": "prod_1", "product_name": "Casque", "quantity": 1}],
        "source": "order_service",
        "orders_total": 42,
    },
}


def without_context(claim_id: str) -> list[Envelope]:
    """A claim's life that began under a stand-in for its customer, of whom nothing was known."""
    created, *later = lives([claim_id], list(DATA))
    return [created.model_copy(update={"data": {**created.data, **UNKNOWN}}), *later]


def context_of(creation: Envelope) -> Envelope:
    """What is learnt later of a claim: who its customer is, and what its order."""
    return Envelope(
        event_id=str(uuid4()),
        event_type="ReclamationEnrichie",
        aggregate_id=context_id_of(creation.aggregate_id),
        data={"claim_id": creation.aggregate_id, **KNOWN},
        timestamp=utc_now(),
        correlation_id=creation.correlation_id,
        causation_id=creation.event_id,
        actor=Actor(type="service", id="integration"),
        version=CONTEXT_VERSION,
    )


def lives(claim_ids: list[str], event_types: list[str]) -> list[Envelope]:
    """Their lives side by side: all are created, then all are assigned, …"""
    return [
        Envelope(
            event_id=str(uuid4()),
            event_type=event_type,
            aggregate_id=claim_id,
            data=DATA[event_type],
            timestamp=utc_now(),
            correlation_id=f"trace_{claim_id}",
            version=version,
        )
        for version, event_type in enumerate(event_types, start=1)
        for claim_id in claim_ids
    ]
