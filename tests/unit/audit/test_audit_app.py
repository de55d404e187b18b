"""The audit service's routes, over a trail in memory."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import Client

from functions.audit import bootstrap
from functions.audit.app import app
from functions.audit.service import Audit, summarize
from repositories.memory.audit_trail import MemoryAuditTrail
from tests.contract.audit_trail_contract import entry
from tests.contract.histories import life, lives


@pytest.fixture
def trail() -> MemoryAuditTrail:
    return MemoryAuditTrail()


@pytest.fixture
def client(trail: MemoryAuditTrail, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(bootstrap, "service", lambda: Audit(trail))
    with Client(app) as client:
        yield client


def get(client: Client, path: str, status: int = 200) -> Any:
    response = client.http.get(path)
    assert response.status_code == status, response.body
    return json.loads(response.body)


def positions(answer: Any) -> list[int]:
    return [each["position"] for each in answer["audit_trail"]]


def walk(client: Client, path: str) -> list[int]:
    answer = get(client, path)
    seen = positions(answer)
    while answer["next_cursor"]:
        answer = get(client, f"{path}&cursor={answer['next_cursor']}")
        seen += positions(answer)
    return seen


def test_an_entry_has_every_field_of_the_contract(client: Client, trail: MemoryAuditTrail) -> None:
    event = life(steps=1)[0]
    trail.record([entry(event, latency_s=0.25)])
    answer = get(client, "/audit")
    assert answer == {
        "audit_trail": [
            {
                "audit_id": f"audit-{event.event_id}",
                "event_id": event.event_id,
                "event_type": "ReclamationCreee",
                "aggregate_id": "claim_67890",
                "version": 1,
                "position": 1,
                "correlation_id": "trace_claim_67890",
                "causation_id": None,
                "actor": {"type": "anonymous", "id": "anonymous"},
                "event_timestamp": "2025-07-08T14:31:00.000Z",
                "recorded_at": "2025-07-08T14:31:00.250Z",
                "processing_latency_seconds": 0.25,
                "processed_by": "audit-service",
                "event_data": event.data,
            }
        ],
        "count": 1,
        "limit": 100,
        "offset": 0,
        "next_cursor": None,
    }


def test_the_trail_is_filtered_and_paged(client: Client, trail: MemoryAuditTrail) -> None:
    trail.record([entry(event) for event in lives(4)])
    assert walk(client, "/audit?limit=3") == list(range(20, 0, -1))
    assert walk(client, "/audit?limit=3&aggregate_id=claim_2") == [10, 9, 8, 7, 6]
    assert walk(client, "/audit?limit=3&event_type=ReclamationCreee") == [16, 11, 6, 1]
    assert walk(client, "/audit?limit=3&correlation_id=trace_claim_1") == [5, 4, 3, 2, 1]
    assert walk(client, "/audit?limit=3&from=2025-07-08T14:33:00Z&to=2025-07-08T14:34:00Z") == [4, 3]
    page = get(client, "/audit?limit=2&offset=5")
    assert (positions(page), page["limit"], page["offset"]) == ([15, 14], 2, 5)


def test_a_claims_trail_is_told_oldest_first(client: Client, trail: MemoryAuditTrail) -> None:
    trail.record([entry(event) for event in lives(2)])
    answer = get(client, "/audit/claims/claim_2")
    assert (answer["claim_id"], answer["count"], positions(answer)) == ("claim_2", 5, [6, 7, 8, 9, 10])
    assert walk(client, "/audit/claims/claim_2?limit=2") == [6, 7, 8, 9, 10]
    assert positions(get(client, "/audit/claims/claim_2?offset=3")) == [9, 10]
    assert get(client, "/audit/claims/claim_") == {
        "claim_id": "claim_",
        "audit_trail": [],
        "count": 0,
        "next_cursor": None,
    }


def test_a_claim_id_may_be_any_text(client: Client, trail: MemoryAuditTrail) -> None:
    claim_id = "réclamation n° 1 (.*)"
    trail.record([entry(event) for event in life(claim_id)])
    # The gateway has decoded the path; Chalice's test gateway hands it on as it is.
    assert get(client, f"/audit/claims/{claim_id}")["count"] == 5
    assert get(client, f"/audit?aggregate_id={quote(claim_id)}")["count"] == 5
    assert get(client, "/audit?aggregate_id=.%2A")["count"] == 0


def test_stats_have_a_line_for_each_type(client: Client, trail: MemoryAuditTrail) -> None:
    trail.record([entry(event, latency_s=event.position or 0) for event in lives(2)])
    stats = get(client, "/audit/stats")
    assert stats["total_entries"] == 10
    assert stats["by_event_type"][0] == {"event_type": "ReclamationAffectee", "count": 2, "avg_latency_seconds": 4.5}
    assert len(stats["by_event_type"]) == 5


def test_performance_states_its_sample(client: Client, trail: MemoryAuditTrail) -> None:
    trail.record([entry(event, latency_s=event.position or 0) for event in lives(20)])
    assert get(client, "/audit/performance") == {
        "total_events_audited": 100,
        "sample_size": 100,
        "average_latency_seconds": 50.5,
        "p50_latency_seconds": 50.0,
        "p95_latency_seconds": 95.0,
        "p99_latency_seconds": 99.0,
        "max_latency_seconds": 100.0,
        "min_latency_seconds": 1.0,
    }


def test_performance_of_nothing_is_unknown(client: Client) -> None:
    answer = get(client, "/audit/performance")
    assert (answer["total_events_audited"], answer["sample_size"]) == (0, 0)
    assert answer["p95_latency_seconds"] is None


def test_percentiles_are_values_that_occurred() -> None:
    found = summarize([3.0, 1.0, 2.0])
    assert (found.p50, found.p95, found.p99, found.min, found.max) == (2.0, 3.0, 3.0, 1.0, 3.0)
    assert summarize([7.0]).p50 == 7.0


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/audit?limit=0", "limit"),
        ("/audit?nope=1", "nope"),
        ("/audit?from=yesterday", "from"),
        ("/audit?to=2025-07-08T14:33:00", "to"),
        ("/audit?to=0001-01-01T00:00:00%2B05:00", "to"),
        ("/audit?since=2025-07-08T14:33:00Z", "since"),
        ("/audit?event_type=", "event_type"),
        ("/audit?cursor=zzz", "cursor"),
        ("/audit?cursor=Wy0xLDBd", "cursor"),
        ("/audit/claims/claim_1?event_type=x", "event_type"),
        ("/audit/stats?x=1", "x"),
        ("/audit/performance?x=1", "x"),
    ],
)
def test_a_wrong_parameter_is_refused_and_named(client: Client, path: str, field: str) -> None:
    problem = get(client, path, 422)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_the_description_has_every_route(client: Client) -> None:
    description = get(client, "/openapi.json")
    assert {"/audit", "/audit/claims/{claim_id}", "/audit/stats", "/audit/performance"} <= set(description["paths"])
    names = {parameter["name"] for parameter in description["paths"]["/audit"]["get"]["parameters"]}
    assert {"aggregate_id", "event_type", "correlation_id", "from", "to", "limit", "offset", "cursor"} == names
