"""A small system with all of its history handled, and what a check finds in it."""

from typing import NamedTuple
from uuid import uuid4

from envelope import Envelope, utc_now
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
