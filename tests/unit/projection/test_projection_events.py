"""The projection's batch handler, invoked as a poller does it."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from envelope import Envelope
from functions.projection import bootstrap, events
from functions.projection.service import Projector
from handlers.batch import StreamBatch
from repositories.memory.read_models import MemoryReadModels
from repositories.ports.read_model_reader import ClaimFilters, ClaimPage
from tests.contract.read_models_contract import created, enriched, life, order_told


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> MemoryReadModels:
    read_models = MemoryReadModels()
    monkeypatch.setattr(bootstrap, "projector", lambda: Projector(read_models))
    return read_models


def batch(*envelopes: Envelope | dict[str, Any]) -> StreamBatch:
    return {"Records": [_record(place, one) for place, one in enumerate(envelopes, start=1)]}


def _record(place: int, one: Envelope | dict[str, Any]) -> Any:
    shown = one.model_dump(mode="json") if isinstance(one, Envelope) else one
    return {
        "eventSource": "redis:streams",
        "eventID": f"{place}-0",
        "stream": "events:all",
        "group": "projection-service",
        "deliveryCount": 1,
        "event": shown,
    }


def failures(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def updates(projection_type: str) -> float:
    return REGISTRY.get_sample_value("projections_updated_total", {"projection_type": projection_type}) or 0.0


def test_a_batch_is_projected(memory: MemoryReadModels) -> None:
    assert events.handler(batch(*life()), None) == {"batchItemFailures": []}
    assert memory.summary().closed_claims == 1
    assert memory.checkpoint().low_position == 5


def test_a_batch_delivered_again_is_answered_as_done_and_changes_nothing(memory: MemoryReadModels) -> None:
    events.handler(batch(*life()), None)
    row = memory.claim("claim_1")
    assert events.handler(batch(*life()), None) == {"batchItemFailures": []}
    assert memory.claim("claim_1") == row
    assert memory.summary().total_claims == 1


def test_an_unreadable_record_fails_alone(memory: MemoryReadModels) -> None:
    odd = {"event_id": "e", "aggregate_id": "claim_odd", "data": "no object"}
    assert failures(events.handler(batch(odd, created(position=2)), None)) == ["1-0"]
    assert memory.summary().total_claims == 1
    assert memory.checkpoint().low_position == 0


def test_an_event_of_an_unknown_type_holds_back_its_claim(memory: MemoryReadModels) -> None:
    odd = created().model_copy(update={"event_type": "ReclamationInconnue"})
    later = life()[1]
    answer = events.handler(batch(odd, later, created(claim_id="claim_2", position=3)), None)
    assert failures(answer) == ["1-0", "2-0"]
    assert [claim.claim_id for claim in memory.claims(ClaimFilters(), ClaimPage())] == ["claim_2"]


def test_the_position_is_taken_from_the_entry_where_the_event_lacks_it(memory: MemoryReadModels) -> None:
    events.handler(batch(created().model_copy(update={"position": None})), None)
    row = memory.claim("claim_1")
    assert row is not None
    assert row.position == 1


def test_each_read_model_that_an_event_updates_is_counted_once(memory: MemoryReadModels) -> None:
    kinds = ("claim", "customer_stats", "agent_stats", "claim_type_stats")
    before = [updates(kind) for kind in kinds]
    events.handler(batch(*life()), None)
    events.handler(batch(*life()), None)
    # The customer's counters tell active, resolved and closed apart; the agent's do not see the closing.
    assert [updates(kind) - start for kind, start in zip(kinds, before, strict=True)] == [5, 3, 2, 5]


def test_counters_by_product_order_and_channel_are_counted_where_they_change(memory: MemoryReadModels) -> None:
    kinds = ("claim", "product_stats", "order_stats", "channel_stats", "claim_type_stats", "customer_stats")
    before = [updates(kind) for kind in kinds]
    events.handler(batch(*life(order_id="order_1"), enriched(order=order_told(), customer_id="cust_real")), None)
    events.handler(batch(*life("claim_2", 7, product_id="product_1")[:2]), None)
    # The context tells the product of a closed claim, the order's status and who the customer is.
    assert [updates(kind) - start for kind, start in zip(kinds, before, strict=True)] == [8, 2, 2, 2, 7, 5]


def test_a_context_behind_an_unreadable_creation_waits_for_it(memory: MemoryReadModels) -> None:
    odd = {**created().model_dump(mode="json"), "data": "no object"}
    answer = events.handler(batch(odd, enriched(position=2)), None)
    assert failures(answer) == ["1-0", "2-0"]
    assert events.handler(batch(created(), enriched(position=2)), None) == {"batchItemFailures": []}
    row = memory.claim("claim_1")
    assert row is not None
    assert row.enriched_at is not None
