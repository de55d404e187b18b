"""Both functions as they are deployed: settings from the environment, PostgreSQL and Valkey."""

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client
from redis import Redis

from envelope import Envelope, to_json
from functions.projection import bootstrap as projection_bootstrap
from functions.projection.app import app as projection_app
from functions.projection.events import handler
from functions.projection.redis_lag import RedisLag
from functions.query import bootstrap as query_bootstrap
from functions.query.app import app as query_app
from tests.contract.read_models_contract import created, enriched, life, order_told
from tests.integration.postgres.read_model_database import empty, migrated_database

CACHED = (
    projection_bootstrap.projector,
    projection_bootstrap.progress,
    projection_bootstrap._reader,
    query_bootstrap.service,
    query_bootstrap._reader,
)


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with migrated_database(postgres_url) as url:
        yield url


@pytest.fixture
def deployed(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    empty(database_url)
    for cached in CACHED:
        cached.cache_clear()
    monkeypatch.setenv("POSTGRES_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    yield
    for cached in CACHED:
        cached.cache_clear()


def deliver(*envelopes: Envelope) -> list[str]:
    records: Any = [
        {
            "eventSource": "redis:streams",
            "eventID": f"{envelope.position}-0",
            "stream": "events:all",
            "group": "projection-service",
            "deliveryCount": 1,
            "event": envelope.model_dump(mode="json"),
        }
        for envelope in envelopes
    ]
    return [failure["itemIdentifier"] for failure in handler({"Records": records}, None)["batchItemFailures"]]


@pytest.mark.usefixtures("deployed")
def test_what_the_subscriber_projects_the_query_service_shows() -> None:
    assert deliver(*life(), created(claim_id="claim_2", position=6, description="Colis abîmé")) == []
    client = Client(query_app)
    assert client.http.get("/health/ready").status_code == 200
    page = client.http.get("/claims?min_position=6&limit=1&sort=-urgency").json_body
    assert page["count"] == 1
    rest = client.http.get(f"/claims?limit=1&sort=-urgency&cursor={page['next_cursor']}").json_body
    assert {page["claims"][0]["claim_id"], rest["claims"][0]["claim_id"]} == {"claim_1", "claim_2"}
    assert client.http.get("/claims/claim_1").json_body["history"][4]["status"] == "closed"
    found = client.http.get("/search?q=abime").json_body
    assert found["claims"][0]["highlight"] == "Colis <mark>abîmé</mark>"
    assert client.http.get("/dashboard").json_body["summary"]["total_claims"] == 2
    assert client.http.get("/stats/agents").json_body["agent_stats"][0]["mean_resolution_seconds"] == 120.0


@pytest.mark.usefixtures("deployed")
def test_what_a_context_told_is_shown_and_counted() -> None:
    told = enriched(order=order_told(orders_total=200), customer={"name": "Zoé Lévesque"}, customer_id="cust_real")
    assert deliver(*life(order_id="order_1", customer_id="customer_of_order_1")) == []
    assert deliver(told) == []
    client = Client(query_app)
    claim = client.http.get("/claims/claim_1?min_position=6").json_body
    assert (claim["customer_id"], claim["order_status"], claim["version"]) == ("cust_real", "delivered", 5)
    assert client.http.get("/search?q=levesque").json_body["claims"][0]["enriched_at"] == "2025-07-08T14:36:00.000Z"
    [product] = client.http.get("/stats/products?product_id=product_1").json_body["product_stats"]
    assert (product["product_name"], product["closed_claims"]) == ("Casque audio", 1)
    orders = client.http.get("/stats/orders").json_body
    assert (orders["orders_total_at"], orders["claims_per_hundred_orders"]) == ("2025-07-08T14:36:00.000Z", 0.5)
    assert client.http.get("/stats").json_body["order_stats"] == orders


@pytest.mark.usefixtures("deployed")
def test_a_query_with_a_nul_is_422_and_not_an_error_of_the_store() -> None:
    client = Client(query_app)
    for path in (
        "/claims?customer_id=%00",
        "/search?q=%00a",
        "/claims/a\x00b",
        "/stats/agents?agent_id=%00",
        "/stats/products?product_id=%00",
    ):
        assert client.http.get(path).status_code == 422


@pytest.mark.usefixtures("deployed")
def test_the_projection_tells_its_rows_and_its_place() -> None:
    deliver(*life())
    client = Client(projection_app)
    assert client.http.get("/projections/stats").json_body["total_claims_projected"] == 1
    line = client.http.get("/projections").json_body["projections"][0]
    assert (line["position"], line["gaps"]) == (5, 0)
    assert line["lag_events"] is not None


@pytest.mark.usefixtures("deployed")
def test_without_valkey_the_projection_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    shown = Client(projection_app).http.get("/projections")
    assert shown.status_code == 200
    assert shown.json_body["projections"][0]["lag_events"] is None
    assert "log" in shown.json_body["log"]


@pytest.mark.usefixtures("deployed")
def test_without_postgresql_both_functions_say_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "postgresql://nobody@127.0.0.1:1/none")
    for app, path in ((projection_app, "/projections"), (query_app, "/claims"), (query_app, "/health/ready")):
        response = Client(app).http.get(path)
        assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert deliver(*life()) == ["1-0", "2-0", "3-0", "4-0", "5-0"]


def test_the_lag_is_read_from_the_log(redis_url: str) -> None:
    client = Redis.from_url(redis_url, db=7)
    client.flushdb()
    lag = RedisLag(client, "projection-service")
    assert (lag.last_position(), lag.event_at(1), lag.parked()) == (0, None, 0)
    event = created()
    client.xadd("events:all", {"event": to_json(event)}, id="1-0")
    client.set("events:position", 1)
    client.xadd("events:parked:projection-service", {"reason": "odd"})
    assert (lag.last_position(), lag.event_at(1), lag.parked()) == (1, event, 1)
    client.flushdb()
    client.close()
