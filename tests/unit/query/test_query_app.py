"""The query service's HTTP routes, with the read models in memory."""

import base64
import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from chalice.test import Client
from prometheus_client import REGISTRY

from functions.projection.service import Projector
from functions.query import bootstrap
from functions.query.app import app
from functions.query.freshness import WAIT_SECONDS_MAX, Clock
from functions.query.service import QueryService
from functions.query.views import marked_html
from handlers.cursors import encode_cursor
from repositories.errors import StoreUnavailableError
from repositories.memory.read_models import MemoryReadModels
from repositories.ports.read_model_reader import MARK_END, MARK_START, SORTS
from tests.contract.read_models_contract import (
    EPOCH,
    assigned,
    created,
    enriched,
    life,
    many,
    order_told,
    records,
)


class Waiting:
    """A clock that only sleeping moves; `at_sleep` is called at each."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.at_sleep: list[Any] = []

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for call in self.at_sleep:
            call()


@pytest.fixture
def memory() -> MemoryReadModels:
    return MemoryReadModels()


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def client(memory: MemoryReadModels, waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> Client:
    clock = Clock(now=lambda: waiting.seconds, sleep=waiting.sleep)
    service = QueryService(memory, lambda: EPOCH, clock)
    monkeypatch.setattr(bootstrap, "service", lambda: service)
    return Client(app)


def project(memory: MemoryReadModels, *envelopes: Any) -> None:
    assert Projector(memory).apply(records(envelopes)) == {}


def get(client: Client, path: str, expected: int = 200, /, **query: Any) -> Any:
    response = client.http.get(f"{path}?{urlencode(query)}" if query else path)
    assert response.status_code == expected, response.body
    return response.json_body


def ids(page: Any) -> list[str]:
    return [claim["claim_id"] for claim in page["claims"]]


def test_a_list_has_the_contracts_members(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life(order_id="order_1", customer={"name": "Zoé"}))
    page = get(client, "/claims", order_id="order_1")
    assert (page["count"], page["limit"], page["offset"], page["next_cursor"]) == (1, 100, 0, None)
    assert page["filters"] == {"order_id": "order_1"}
    [claim] = page["claims"]
    assert claim["created_at"] == "2025-07-08T14:31:00.000Z"
    assert claim["closed_at"] == "2025-07-08T14:35:00.000Z"
    assert (claim["status"], claim["agent_id"], claim["customer_name"]) == ("closed", "agent_1", "Zoé")
    assert "history" not in claim


def test_answers_are_compact_json(client: Client, memory: MemoryReadModels) -> None:
    project(memory, created())
    body = client.http.get("/claims/claim_1").body.decode()
    assert '"claim_id":"claim_1"' in body
    assert '"status":"created"' in body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "closed"}, ["claim_x"]),
        ({"agent_id": "agent_1"}, ["claim_x"]),
        ({"customer_id": "cust_1"}, ["claim_001"]),
        ({"urgency": "critical"}, ["claim_001"]),
        ({"claim_type": "billing_error"}, []),
        ({"product_id": "p1"}, ["claim_x"]),
        ({"created_from": "2025-07-08T14:34:00Z"}, ["claim_x"]),
        ({"created_to": "2025-07-08T10:32:00-04:00"}, ["claim_000"]),
        ({"sort": "created_at"}, ["claim_000", "claim_001", "claim_002", "claim_x"]),
        ({"sort": "-urgency", "limit": 1}, ["claim_001"]),
        ({}, ["claim_x", "claim_002", "claim_001", "claim_000"]),
    ],
)
def test_claims_are_filtered_and_sorted(
    client: Client, memory: MemoryReadModels, query: dict[str, str], expected: list[str]
) -> None:
    project(memory, *many(3), *life("claim_x", 4, customer_id="cust_x", product_id="p1"))
    assert ids(get(client, "/claims", **query)) == expected


@pytest.mark.parametrize("sort", SORTS)
def test_cursors_lead_through_every_claim_once(client: Client, memory: MemoryReadModels, sort: str) -> None:
    project(memory, *many(11))
    whole = ids(get(client, "/claims", sort=sort))
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(client, "/claims", sort=sort, limit=4, **cursor)
        assert page["count"] == len(page["claims"])
        found += ids(page)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole
    assert len(found) == 11


def test_offsets_lead_through_every_claim_too(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(5))
    assert ids(get(client, "/claims", limit=2, offset=2)) == ["claim_002", "claim_001"]
    assert get(client, "/claims", limit=2, offset=4)["next_cursor"] is None


def test_a_cursor_of_another_sort_is_refused(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(3))
    cursor = get(client, "/claims", limit=1, sort="urgency")["next_cursor"]
    problem = get(client, "/claims", 422, limit=1, sort="created_at", cursor=cursor)
    assert problem["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "values",
    [
        ["-created_at", "2025-07-08T14:31:00Z", "2025-07-08T14:31:00Z", "claim\x00"],
        ["-created_at", 7, "2025-07-08T14:31:00Z", "claim"],
        ["-created_at", "no time", "2025-07-08T14:31:00Z", "claim"],
        ["-created_at", "0001-01-01T00:00:00+10:00", "2025-07-08T14:31:00Z", "claim"],
        ["-created_at", None, None, None],
    ],
)
def test_a_forged_cursor_is_refused(client: Client, values: list[Any]) -> None:
    assert get(client, "/claims", 422, cursor=encode_cursor(values))["status"] == 422


@pytest.mark.parametrize("rank", [-1, 4, 2**70, "high", None])
def test_a_forged_urgency_is_refused(client: Client, rank: Any) -> None:
    text = json.dumps(["urgency", rank, "2025-07-08T14:31:00Z", "claim"])
    assert get(client, "/claims", 422, sort="urgency", cursor=base64.urlsafe_b64encode(text.encode()).decode())


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "colour"},
        {"sort": ""},
        {"status": "open"},
        {"claim_type": "other"},
        {"urgency": "urgent"},
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "ten"},
        {"offset": "-1"},
        {"offset": str(2**70)},
        {"cursor": "?"},
        {"customer_id": "a\x00b"},
        {"customer_id": ""},
        {"customer_id": "x" * 129},
        {"agent_id": "\x00"},
        {"created_from": "yesterday"},
        {"created_from": "2025-07-08"},
        {"created_from": "0001-01-01T00:00:00+10:00"},
        {"created_to": "9999-12-31T23:59:59-10:00"},
        {"min_position": str(2**63)},
        {"min_position": "-1"},
        {"colour": "red"},
    ],
)
def test_a_query_that_makes_no_sense_is_422(client: Client, query: dict[str, str]) -> None:
    problem = get(client, "/claims", 422, **query)
    assert problem["errors"][0]["field"] == next(iter(query))


def test_a_claim_has_its_history_and_an_etag(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life(order={"id": "order_1", "total_amount": 10}))
    response = client.http.get("/claims/claim_1")
    assert response.headers["ETag"] == '"5"'
    claim = response.json_body
    assert [entry["event_type"] for entry in claim["history"]][-1] == "ReclamationCloturee"
    assert claim["order"]["id"] == "order_1"
    assert claim["resolved_at"] == "2025-07-08T14:34:00.000Z"


def test_a_claim_that_never_was_is_404(client: Client) -> None:
    assert "claim_404" in get(client, "/claims/claim_404", 404)["error"]


@pytest.mark.parametrize("path", ["/claims/{}", "/claims/customer/{}", "/claims/agent/{}", "/claims/status/{}"])
def test_a_nul_in_a_path_is_422(client: Client, path: str) -> None:
    get(client, path.format("a\x00b"), 422)


def test_claims_by_customer_agent_and_status(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(4), assigned("agent_7", claim_id="claim_003", version=2, position=5))
    assert ids(get(client, "/claims/customer/cust_0")) == ["claim_003", "claim_000"]
    assert ids(get(client, "/claims/customer/cust_0", status="assigned")) == ["claim_003"]
    assert ids(get(client, "/claims/agent/agent_7")) == ["claim_003"]
    page = get(client, "/claims/status/created", sort="created_at", limit=2)
    assert (ids(page), page["filters"]) == (["claim_000", "claim_001"], {"status": "created"})
    assert ids(get(client, "/claims/customer/nobody")) == []


def test_a_status_that_there_is_not_is_422(client: Client) -> None:
    assert get(client, "/claims/status/open", 422)["errors"][0]["field"] == "status"


def test_the_paths_own_filter_cannot_be_given_again(client: Client) -> None:
    get(client, "/claims/customer/cust_1", 422, customer_id="cust_2")


def test_search_finds_marks_and_pages(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(5, description="Colis <b>abîmé</b> à la livraison"))
    page = get(client, "/search", q="abime", limit=3)
    assert (page["search_term"], page["count"], len(page["claims"])) == ("abime", 3, 3)
    assert "&lt;b&gt;<mark>abîmé</mark>&lt;/b&gt;" in page["claims"][0]["highlight"]
    rest = get(client, "/search", q="abime", limit=3, cursor=page["next_cursor"])
    assert rest["next_cursor"] is None
    assert sorted(ids(page) + ids(rest)) == [f"claim_00{number}" for number in range(5)]


def test_search_has_filters(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(6))
    page = get(client, "/search", q="produit", customer_id="cust_2", urgency="medium")
    assert (ids(page), page["filters"]) == (["claim_002"], {"customer_id": "cust_2", "urgency": "medium"})


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "!?"},
        {"q": "a\x00b"},
        {"q": "x" * 201},
        {"q": " ".join("x" * 13)},
        {"q": "x", "sort": "urgency"},
        {"q": "x", "cursor": "x"},
        {"q": "x", "limit": "501"},
    ],
)
def test_a_search_that_makes_no_sense_is_422(client: Client, query: dict[str, str]) -> None:
    get(client, "/search", 422, **query)


def test_statistics_by_customer(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(4))
    page = get(client, "/stats/customers")
    assert page["count"] == 3
    assert page["customer_stats"][0] == {
        "customer_id": "cust_0",
        "total_claims": 2,
        "active_claims": 2,
        "resolved_claims": 0,
        "closed_claims": 0,
        "last_claim_date": "2025-07-08T14:34:00.000Z",
    }
    assert get(client, "/stats/customers", customer_id="cust_1")["count"] == 1
    assert get(client, "/stats/customers", customer_id="nobody")["customer_stats"] == []


def test_statistics_are_paged_by_cursor(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(7))
    first = get(client, "/stats/customers", limit=2)
    second = get(client, "/stats/customers", limit=2, cursor=first["next_cursor"])
    assert [one["customer_id"] for one in first["customer_stats"] + second["customer_stats"]] == [
        "cust_0",
        "cust_1",
        "cust_2",
    ]
    assert second["next_cursor"] is None
    get(client, "/stats/customers", 422, cursor="WyJhIiwxXQ")


def test_statistics_by_agent(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life())
    assert get(client, "/stats/agents", agent_id="agent_1")["agent_stats"] == [
        {
            "agent_id": "agent_1",
            "total_assigned": 1,
            "active_claims": 0,
            "resolved_claims": 1,
            "mean_resolution_seconds": 120.0,
            "last_assignment_date": "2025-07-08T14:32:00.000Z",
        }
    ]
    assert get(client, "/stats/agents", agent_id="nobody")["count"] == 0


def test_statistics_by_product(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life(order=order_told()), created(claim_id="claim_2", position=6, product_id="product_2"))
    page = get(client, "/stats/products", limit=1)
    assert page["product_stats"] == [
        {
            "product_id": "product_1",
            "product_name": "Casque audio",
            "total_claims": 1,
            "active_claims": 0,
            "resolved_claims": 0,
            "closed_claims": 1,
        }
    ]
    rest = get(client, "/stats/products", limit=1, cursor=page["next_cursor"])
    assert [(one["product_id"], one["product_name"]) for one in rest["product_stats"]] == [("product_2", None)]
    assert rest["next_cursor"] is None
    assert get(client, "/stats/products", product_id="product_2")["product_stats"] == rest["product_stats"]
    assert get(client, "/stats/products", offset=2)["count"] == 0
    get(client, "/stats/products", 422, product="product_2")


def test_claims_beside_orders(client: Client, memory: MemoryReadModels) -> None:
    project(
        memory,
        created(order_id="order_1", order=order_told(orders_total=700), channel="web"),
        created(claim_id="claim_2", position=2, order_id="order_1", channel="web"),
        created(claim_id="claim_3", position=3),
    )
    shown = get(client, "/stats/orders")
    assert shown == {
        "by_order_status": [
            {"order_status": "delivered", "total_claims": 1},
            {"order_status": "unknown", "total_claims": 1},
        ],
        "by_channel": [{"channel": "web", "total_claims": 2}, {"channel": "unknown", "total_claims": 1}],
        "claims_with_order": 2,
        "orders_with_claims": 1,
        "orders_total": 700,
        "orders_total_at": "2025-07-08T14:31:00.000Z",
        "claims_per_hundred_orders": 0.29,
    }
    assert get(client, "/stats")["order_stats"] == shown


@pytest.mark.parametrize("orders_total", [None, 0, -1])
def test_no_share_of_orders_is_told_while_nobody_counted_them(
    client: Client, memory: MemoryReadModels, orders_total: int | None
) -> None:
    project(memory, created(order_id="order_1", order=order_told(orders_total=orders_total)))
    shown = get(client, "/stats/orders")
    assert (shown["orders_total"], shown["claims_per_hundred_orders"]) == (orders_total, None)


def test_an_enriched_claim_shows_what_was_learnt(client: Client, memory: MemoryReadModels) -> None:
    project(memory, created(order_id="order_1"), enriched(order=order_told(), customer={"name": "Zoé"}, position=2))
    [listed] = get(client, "/claims")["claims"]
    response = client.http.get("/claims/claim_1")
    for claim in (listed, response.json_body):
        assert (claim["order_status"], claim["enriched_at"]) == ("delivered", "2025-07-08T14:32:00.000Z")
        assert (claim["customer_name"], claim["product_id"], claim["version"]) == ("Zoé", "product_1", 1)
    assert response.headers["ETag"] == '"1"'
    assert response.json_body["order"]["items"][0]["product_name"] == "Casque audio"


def test_statistics_by_type(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life(), created(claim_id="claim_2", position=6, claim_type="billing_error"))
    assert get(client, "/stats/claim-types")["count"] == 2
    [billing] = get(client, "/stats/claim-types", claim_type="billing_error")["claim_type_stats"]
    assert (billing["total_claims"], billing["created"], billing["closed"]) == (1, 1, 0)
    get(client, "/stats/claim-types", 422, claim_type="nothing")


def test_all_statistics_at_once(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life())
    shown = get(client, "/stats")
    assert shown["summary"] == {"total_claims": 1, "active_claims": 0, "resolved_claims": 0, "closed_claims": 1}
    assert [len(shown[name]) for name in ("customer_stats", "agent_stats", "claim_type_stats")] == [1, 1, 1]
    assert (shown["product_stats"], shown["order_stats"]["claims_with_order"]) == ([], 0)


def test_the_dashboard_shows_everything(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *many(12), *life("claim_x", 13))
    shown = get(client, "/dashboard")
    assert shown["summary"] == {"total_claims": 13, "active_claims": 12, "resolved_claims": 0, "closed_claims": 1}
    assert len(shown["recent_claims"]) == 10
    assert shown["recent_claims"][0]["claim_id"] == "claim_x"
    assert [one["customer_id"] for one in shown["top_customers"]] == ["cust_1", "cust_0", "cust_2"]
    assert shown["top_agents"][0]["agent_id"] == "agent_1"
    assert shown["claim_type_breakdown"][0]["total_claims"] == 13
    assert len(shown["trends"]) == 30
    assert shown["trends"][-1] == {"day": date(2025, 7, 8).isoformat(), "created": 13, "resolved": 1, "closed": 1}
    assert shown["trends"][0] == {"day": "2025-06-09", "created": 0, "resolved": 0, "closed": 0}


def test_an_empty_read_side_answers_every_route(client: Client) -> None:
    stats = ("customers", "agents", "claim-types", "products", "orders")
    for path in ("/claims", "/stats", "/dashboard", *(f"/stats/{name}" for name in stats)):
        get(client, path)
    assert get(client, "/search", q="rien")["count"] == 0


READS = ("/claims", "/claims/status/created", "/search?q=produit", "/stats", "/stats/customers", "/dashboard")
MORE_READS = ("/claims/claim_1", "/stats/agents", "/stats/claim-types", "/stats/products", "/stats/orders")


@pytest.mark.parametrize("path", [*READS, *MORE_READS])
def test_a_read_waits_for_the_position_it_asks_for(
    client: Client, memory: MemoryReadModels, waiting: Waiting, path: str
) -> None:
    waiting.at_sleep.append(lambda: project(memory, created()))
    response = client.http.get(f"{path}{'&' if '?' in path else '?'}min_position=1")
    assert response.status_code == 200
    assert 0 < waiting.seconds < 0.1
    assert memory.has_position(1)


@pytest.mark.parametrize("path", READS)
def test_a_position_that_does_not_come_is_503_after_a_while(client: Client, waiting: Waiting, path: str) -> None:
    response = client.http.get(f"{path}{'&' if '?' in path else '?'}min_position=9")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert WAIT_SECONDS_MAX <= waiting.seconds < WAIT_SECONDS_MAX + 0.2


def test_a_position_that_is_there_costs_no_waiting(client: Client, memory: MemoryReadModels, waiting: Waiting) -> None:
    project(memory, created())
    get(client, "/claims", min_position=1)
    assert waiting.seconds == 0


def test_read_models_that_are_away_are_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(MemoryReadModels):
        def claims(self, *_: Any) -> Any:
            raise StoreUnavailableError("PostgreSQL does not answer")

    monkeypatch.setattr(bootstrap, "service", lambda: QueryService(Away(), lambda: EPOCH))
    assert "PostgreSQL" in get(client, "/claims", 503)["detail"]


def test_queries_are_counted_and_timed_by_type(client: Client, memory: MemoryReadModels) -> None:
    project(memory, created())

    def counted(name: str, query_type: str) -> float:
        return REGISTRY.get_sample_value(name, {"query_type": query_type}) or 0.0

    kinds = {
        "/claims": "claims",
        "/claims/claim_1": "claim",
        "/claims/customer/c": "claims_by_customer",
        "/claims/agent/a": "claims_by_agent",
        "/claims/status/closed": "claims_by_status",
        "/search?q=produit": "search",
        "/stats": "stats",
        "/stats/customers": "customer_stats",
        "/stats/agents": "agent_stats",
        "/stats/claim-types": "claim_type_stats",
        "/stats/products": "product_stats",
        "/stats/orders": "order_stats",
        "/dashboard": "dashboard",
    }
    for path, kind in kinds.items():
        before = counted("queries_executed_total", kind), counted("query_duration_seconds_count", kind)
        assert client.http.get(path).status_code == 200
        after = counted("queries_executed_total", kind), counted("query_duration_seconds_count", kind)
        assert after == (before[0] + 1, before[1] + 1)


def in_status(status: str) -> float | None:
    labels = {"claim_type": "product_defect", "status": status}
    return REGISTRY.get_sample_value("claims_in_status", labels)


def test_claims_are_counted_by_status_whenever_metrics_are_asked_for(client: Client, memory: MemoryReadModels) -> None:
    project(memory, created())
    client.http.get("/metrics")
    assert (in_status("created"), in_status("closed")) == (1, 0)
    project(memory, *life()[1:])
    client.http.get("/metrics")
    assert (in_status("created"), in_status("closed")) == (0, 1)


def test_types_that_have_no_claims_any_more_are_told_as_none(
    client: Client, memory: MemoryReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(memory, created())
    client.http.get("/metrics")
    monkeypatch.setattr(bootstrap, "service", lambda: QueryService(MemoryReadModels(), lambda: EPOCH))
    client.http.get("/metrics")
    assert in_status("created") == 0


def test_metrics_are_told_without_read_models(
    client: Client, memory: MemoryReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(MemoryReadModels):
        def claim_type_stats(self, *_: Any) -> Any:
            raise StoreUnavailableError("PostgreSQL does not answer")

    project(memory, created())
    client.http.get("/metrics")
    monkeypatch.setattr(bootstrap, "service", lambda: QueryService(Away(), lambda: EPOCH))
    answer = client.http.get("/metrics")
    assert (answer.status_code, b"claims_in_status" in answer.body) == (200, True)
    assert in_status("created") == 1


def test_every_answer_fits_its_description(client: Client, memory: MemoryReadModels) -> None:
    project(memory, *life(order_id="order_1"), enriched(order=order_told(orders_total=9)))
    document = get(client, "/openapi.json")
    paths = {
        "/claims": "/claims",
        "/claims/{claim_id}": "/claims/claim_1",
        "/search": "/search?q=produit",
        "/stats": "/stats",
        "/stats/customers": "/stats/customers",
        "/stats/agents": "/stats/agents",
        "/stats/claim-types": "/stats/claim-types",
        "/stats/products": "/stats/products",
        "/stats/orders": "/stats/orders",
        "/dashboard": "/dashboard",
    }
    for described, path in paths.items():
        content = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.validate(client.http.get(path).json_body, schema)


def test_a_highlight_is_safe_to_insert_into_a_page() -> None:
    text = f"<script>{MARK_START}a&b{MARK_END}</script>"
    assert marked_html(text) == "&lt;script&gt;<mark>a&amp;b</mark>&lt;/script&gt;"
