"""The audit service's batch handler, over a trail in memory."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from functions.audit import bootstrap
from functions.audit.events import handler
from functions.audit.recording import Recording
from repositories.errors import StoreUnavailableError
from repositories.memory.audit_trail import MemoryAuditTrail
from repositories.ports.audit_trail import AuditEntry
from tests.contract.histories import START, batch_of, changed, life

GROUP = "audit-service"


class Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock(START + timedelta(hours=1))


@pytest.fixture
def trail(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MemoryAuditTrail:
    trail = MemoryAuditTrail()
    monkeypatch.setattr(bootstrap, "recording", lambda: Recording(trail, clock))
    return trail


def entries_of(trail: MemoryAuditTrail, claim_id: str = "claim_67890") -> list[AuditEntry]:
    return list(trail.of_claim(claim_id, limit=100))


def failed(response: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def created(event_type: str) -> float:
    return REGISTRY.get_sample_value("audit_entries_created_total", {"event_type": event_type}) or 0.0


def test_every_event_gets_an_entry_with_its_latency(trail: MemoryAuditTrail, clock: Clock) -> None:
    events = life()
    assert handler(batch_of(events, GROUP), None) == {"batchItemFailures": []}
    found = entries_of(trail)
    assert [each.event_id for each in found] == [event.event_id for event in events]
    assert found[0].recorded_at == clock.moment
    assert found[0].processing_latency_seconds == 59 * 60
    assert (found[0].processed_by, found[0].event_data) == ("audit-service", events[0].data)
    assert len({each.audit_id for each in found}) == 5


def test_redelivery_changes_nothing_and_counts_nothing(trail: MemoryAuditTrail, clock: Clock) -> None:
    before = created("ReclamationCreee"), created("ReclamationCloturee")
    events = life()
    handler(batch_of(events[:3], GROUP), None)
    first = entries_of(trail)
    clock.moment += timedelta(days=1)
    assert failed(handler(batch_of(events, GROUP, delivery_count=2), None)) == []
    assert entries_of(trail)[:3] == first
    assert len(entries_of(trail)) == 5
    assert (created("ReclamationCreee"), created("ReclamationCloturee")) == (before[0] + 1, before[1] + 1)


def test_an_event_from_the_near_future_was_recorded_at_once(trail: MemoryAuditTrail, clock: Clock) -> None:
    handler(batch_of([changed(life(steps=1)[0], timestamp=clock.moment + timedelta(seconds=2))], GROUP), None)
    assert entries_of(trail)[0].processing_latency_seconds == 0.0


def test_an_event_without_a_position_fails_alone(trail: MemoryAuditTrail) -> None:
    batch = batch_of(life(steps=2), GROUP)
    del batch["Records"][1]["event"]["position"]
    assert failed(handler(batch, None)) == ["2-0"]
    assert len(entries_of(trail)) == 1


def test_an_event_id_that_comes_for_another_event_fails(trail: MemoryAuditTrail) -> None:
    events = life()
    handler(batch_of(events[:2], GROUP), None)
    assert failed(handler(batch_of([changed(events[2], event_id=events[0].event_id)], GROUP), None)) == ["3-0"]
    assert len(entries_of(trail)) == 2


def test_a_trail_that_is_away_fails_the_whole_batch(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    class Away(MemoryAuditTrail):
        def record(self, entries: Any) -> Any:
            raise StoreUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(bootstrap, "recording", lambda: Recording(Away(), clock))
    assert failed(handler(batch_of(life(), GROUP), None)) == ["1-0", "2-0", "3-0", "4-0", "5-0"]
