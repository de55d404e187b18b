"""The projection's HTTP routes, with the read models in memory."""

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from envelope import Envelope
from envelope.errors import UnreadableError
from functions.projection import bootstrap
from functions.projection.app import app
from functions.projection.progress import Progress
from functions.projection.service import Projector
from repositories.errors import StoreUnavailableError
from repositories.memory.read_models import MemoryReadModels
from tests.contract.read_models_contract import EPOCH, assigned, created, life, records

NOW = EPOCH + timedelta(minutes=60)


class MemoryLog:
    """What is asked of the log; it can be away."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self.parked_count = 0
        self.away = False
        self.unreadable = False

    def last_position(self) -> int:
        if self.away:
            raise StoreUnavailableError("the log does not answer")
        return len(self.events)

    def event_at(self, position: int) -> Envelope | None:
        if self.unreadable:
            raise UnreadableError("not an event envelope")
        return next((one for one in self.events if one.position == position), None)

    def parked(self) -> int:
        return self.parked_count


@pytest.fixture
def memory() -> MemoryReadModels:
    return MemoryReadModels()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def client(memory: MemoryReadModels, log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(bootstrap, "progress", lambda: Progress(memory, log, lambda: NOW))
    return Client(app)


def get(client: Client, path: str) -> Any:
    response = client.http.get(path)
    assert response.status_code == 200, response.body
    return response.json_body


def test_all_read_models_stand_where_the_checkpoint_is(
    client: Client, memory: MemoryReadModels, log: MemoryLog
) -> None:
    log.events = life()
    Projector(memory).apply(records(life()[:3]))
    shown = get(client, "/projections")
    assert [line["name"] for line in shown["projections"]] == [
        "claim_read_models",
        "customer_stats_read_models",
        "agent_stats_read_models",
        "claim_type_stats_read_models",
        "product_stats_read_models",
        "order_stats_read_models",
    ]
    line = shown["projections"][0]
    assert (line["position"], line["lag_events"], line["parked"], line["last_error"]) == (3, 2, 0, None)
    assert line["lag_seconds"] == 56 * 60.0  # the fourth event came four minutes after EPOCH
    assert shown["log"] is None


def test_nothing_missing_is_no_lag(client: Client, memory: MemoryReadModels, log: MemoryLog) -> None:
    log.events = life()
    Projector(memory).apply(records(life()))
    line = get(client, "/projections")["projections"][0]
    assert (line["lag_events"], line["lag_seconds"]) == (0, 0.0)


def test_a_failed_event_is_lag_and_is_told(client: Client, memory: MemoryReadModels, log: MemoryLog) -> None:
    log.events = [assigned(version=2, position=1), created(claim_id="claim_2", position=2)]
    log.parked_count = 1
    Projector(memory).apply(records(log.events))
    line = get(client, "/projections")["projections"][0]
    assert (line["position"], line["high_position"], line["gaps"]) == (0, 2, 1)
    assert (line["lag_events"], line["parked"]) == (1, 1)
    assert "version 1 is missing" in line["last_error"]


def test_an_unreadable_event_is_lag_of_an_unknown_age(client: Client, log: MemoryLog) -> None:
    log.events = [created()]
    log.unreadable = True
    line = get(client, "/projections")["projections"][0]
    assert (line["lag_events"], line["lag_seconds"]) == (1, None)


def test_without_the_log_the_lag_is_unknown_and_says_why(
    client: Client, memory: MemoryReadModels, log: MemoryLog
) -> None:
    Projector(memory).apply(records(life()))
    log.away = True
    shown = get(client, "/projections")
    line = shown["projections"][0]
    assert line["position"] == 5
    assert (line["lag_events"], line["lag_seconds"], line["parked"]) == (None, None, None)
    assert shown["log"] == "the log does not answer"


def test_records_are_counted(client: Client, memory: MemoryReadModels) -> None:
    another = created(claim_id="claim_2", position=6, customer_id="cust_2", product_id="product_1", order_id="order_1")
    Projector(memory).apply(records([*life(), another]))
    assert get(client, "/projections/stats") == {
        "total_claims_projected": 2,
        "customer_stats_records": 2,
        "agent_stats_records": 1,
        "claim_type_stats_records": 1,
        "product_stats_records": 1,
        "order_stats_records": 1,
    }


def test_read_models_that_are_away_are_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Progress:
        raise StoreUnavailableError("PostgreSQL does not answer")

    monkeypatch.setattr(bootstrap, "progress", away)
    response = client.http.get("/projections")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
