"""The event store's routes, over stores in memory."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client
from prometheus_client import REGISTRY

from envelope import Envelope, format_utc
from functions.event_store import bootstrap
from functions.event_store.app import app
from functions.event_store.replaying import fold
from functions.event_store.service import EventHistory
from functions.event_store.snapshot_form import current_schema, from_snapshot, to_snapshot
from metrics.catalog import REPLAYS_PERFORMED, SNAPSHOTS_CREATED
from metrics.instruments import Counter
from repositories.errors import StoreUnavailableError
from repositories.memory.archive import MemoryArchive
from repositories.memory.snapshots import MemorySnapshots
from repositories.ports.history_totals import TOP_COUNT, Fact, HistoryTotals
from tests.contract.histories import START, Writer, changed, life, lives

CLAIM = "claim_67890"


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots()


@pytest.fixture
def client(archive: MemoryArchive, snapshots: MemorySnapshots, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    history = EventHistory(archive, snapshots)
    monkeypatch.setattr(bootstrap, "service", lambda: history)
    with Client(app) as client:
        yield client


def get(client: Client, path: str, status: int = 200) -> Any:
    response = client.http.get(path)
    assert response.status_code == status, response.body
    return json.loads(response.body)


def post(client: Client, path: str, status: int = 201) -> Any:
    response = client.http.post(path, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.body
    return json.loads(response.body)


def positions(answer: Any) -> list[int]:
    return [event["position"] for event in answer["events"]]


def walk(client: Client, path: str) -> list[int]:
    answer = get(client, path)
    seen = positions(answer)
    while answer["next_cursor"]:
        answer = get(client, f"{path}&cursor={answer['next_cursor']}")
        seen += positions(answer)
    return seen


def fact_of(event: Envelope) -> Fact:
    return Fact(event.position or 0, event.event_type, event.timestamp, event.aggregate_id, event.version)


def value(counter: Counter) -> float:
    return REGISTRY.get_sample_value(counter.name) or 0.0


def test_events_have_the_six_fields_of_the_requirement_and_ours(client: Client, archive: MemoryArchive) -> None:
    archive.append(life(steps=1))
    answer = get(client, "/events")
    assert answer["count"] == 1
    assert answer["next_cursor"] is None
    event = answer["events"][0]
    assert event["timestamp"] == "2025-07-08T14:31:00.000Z"
    assert (event["aggregate_id"], event["version"], event["position"]) == (CLAIM, 1, 1)
    assert event["actor"] == {"type": "anonymous", "id": "anonymous"}
    assert {"event_id", "event_type", "data", "correlation_id", "causation_id", "schema_version"} <= set(event)
    assert "_id" not in event


def test_lists_follow_their_cursor(client: Client, archive: MemoryArchive) -> None:
    archive.append(lives(5))
    assert walk(client, "/events?limit=4") == list(range(1, 26))
    assert walk(client, "/events?limit=2&event_type=ReclamationEnCours") == [3, 8, 13, 18, 23]
    assert walk(client, "/events/type/ReclamationEnCours?limit=2") == [3, 8, 13, 18, 23]
    assert walk(client, "/events?limit=2&correlation_id=trace_claim_2") == [6, 7, 8, 9, 10]
    assert walk(client, "/events/correlation/trace_claim_2?limit=2") == [6, 7, 8, 9, 10]
    assert walk(client, "/events/claim_2?limit=2") == [6, 7, 8, 9, 10]
    assert walk(client, "/events?limit=9&from_position=20") == [20, 21, 22, 23, 24, 25]
    assert positions(get(client, "/events?limit=2&offset=3")) == [4, 5]
    assert positions(get(client, "/events/claim_2?limit=2&offset=3")) == [9, 10]


def test_lists_are_bounded_by_time(client: Client, archive: MemoryArchive) -> None:
    archive.append(lives(2))
    found = get(client, "/events?from_timestamp=2025-07-08T14:33:00Z&to_timestamp=2025-07-08T16:35:00%2B02:00")
    assert positions(found) == [3, 4, 5]


def test_an_unknown_type_or_request_has_no_events(client: Client) -> None:
    assert get(client, "/events/type/Inconnu")["events"] == []
    assert get(client, "/events/correlation/nobody")["count"] == 0


def test_events_of_an_id_that_never_was_are_not_found(client: Client, archive: MemoryArchive) -> None:
    archive.append(life())
    assert get(client, "/events/claim_6789", 404)["status"] == 404
    assert get(client, "/events/.*", 404)["detail"].startswith("there is no event of .*")
    assert positions(get(client, f"/events/{CLAIM}?offset=5")) == []


def test_a_claim_id_may_be_any_text(client: Client, archive: MemoryArchive) -> None:
    claim_id = "réclamation n° 1 (a+b)"
    archive.append(life(claim_id))
    # The gateway has decoded the path; Chalice's test gateway hands it on as it is.
    assert get(client, f"/events/{claim_id}")["count"] == 5
    assert get(client, f"/replay/{claim_id}")["aggregate_id"] == claim_id


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/events?limit=0", "limit"),
        ("/events?limit=501", "limit"),
        ("/events?limit=ten", "limit"),
        ("/events?offset=-1", "offset"),
        ("/events?nope=1", "nope"),
        ("/events?from_timestamp=yesterday", "from_timestamp"),
        ("/events?to_timestamp=2025-07-08T14:33:00", "to_timestamp"),
        ("/events?to_timestamp=0001-01-01T00:00:00%2B05:00", "to_timestamp"),
        ("/events?from_timestamp=12", "from_timestamp"),
        ("/events?from_position=0", "from_position"),
        ("/events?from_position=99999999999999999999", "from_position"),
        ("/events?cursor=zzz", "cursor"),
        ("/events?cursor=WyJhIiwwXQ", "cursor"),
        ("/events?cursor=WzEsMF0&offset=2", "cursor"),
        ("/events?limit=1&limit=2", "limit"),
        ("/events/type/ReclamationCreee?event_type=x", "event_type"),
        ("/events/claim_1?event_type=x", "event_type"),
        ("/replay/claim_1?up_to_timestamp=2025-13-01T00:00:00Z", "up_to_timestamp"),
        ("/replay/claim_1?up_to_version=0", "up_to_version"),
        ("/replay/claim_1?up_to_version=1.5", "up_to_version"),
        ("/replay/claim_1?version=1", "version"),
        ("/replay/claim_1/diff?from_version=3&to_version=2", "to_version"),
        ("/replay/claim_1/diff?from_version=-1", "from_version"),
        ("/snapshots?limit=0", "limit"),
        ("/snapshots/claim_1?x=1", "x"),
        ("/statistics?x=1", "x"),
    ],
)
def test_a_wrong_parameter_is_refused_and_named(client: Client, path: str, field: str) -> None:
    problem = get(client, path, 422)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_five_events_make_a_closed_claim(client: Client, archive: MemoryArchive) -> None:
    writer = Writer()
    events = writer.live(CLAIM)
    archive.append(events)
    answer = get(client, f"/replay/{CLAIM}")
    state = answer["reconstructed_state"]
    assert (state["status"], state["version"], answer["events_count"]) == ("closed", 5, 5)
    assert state["claim_id"] == CLAIM
    assert state["closed_at"] == "2025-07-08T14:35:00.000Z"
    assert [entry["status"] for entry in state["history"]] == [
        "created",
        "assigned",
        "in_progress",
        "resolved",
        "closed",
    ]
    assert state["history"][0] == {
        "version": 1,
        "event_type": "ReclamationCreee",
        "status": "created",
        "timestamp": "2025-07-08T14:31:00.000Z",
        "event_id": events[0].event_id,
        "actor": {"type": "anonymous", "id": "anonymous"},
    }
    assert [event["version"] for event in answer["events"]] == [1, 2, 3, 4, 5]
    assert (answer["aggregate_id"], answer["snapshot_version"], answer["up_to_timestamp"]) == (CLAIM, None, None)


def test_three_events_make_a_claim_in_progress(client: Client, archive: MemoryArchive) -> None:
    events = life()
    archive.append(events)
    moment = format_utc(events[2].timestamp)
    by_time = get(client, f"/replay/{CLAIM}?up_to_timestamp={moment}")
    assert (by_time["reconstructed_state"]["status"], by_time["events_count"]) == ("in_progress", 3)
    assert by_time["up_to_timestamp"] == moment
    by_version = get(client, f"/replay/{CLAIM}?up_to_version=3")
    assert by_version["reconstructed_state"] == by_time["reconstructed_state"]
    both = get(client, f"/replay/{CLAIM}?up_to_version=2&up_to_timestamp={moment}")
    assert both["reconstructed_state"]["status"] == "assigned"


def test_replay_of_an_id_that_never_was_is_not_found(client: Client) -> None:
    assert "no event of claim_1" in get(client, "/replay/claim_1", 404)["detail"]
    get(client, "/replay/claim_1/diff", 404)
    post(client, "/snapshots/claim_1", 404)
    get(client, "/snapshots/claim_1", 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/replay/context_claim_1"),
        ("GET", "/replay/context_claim_1?up_to_version=1"),
        ("GET", "/replay/context_claim_1/diff?from_version=0"),
        ("GET", "/snapshots/context_claim_1"),
        ("POST", "/snapshots/context_claim_1"),
        ("GET", "/replay/context_nobody"),
    ],
)
def test_a_context_is_no_claim_and_it_is_said_where_its_event_is(
    client: Client, archive: MemoryArchive, snapshots: MemorySnapshots, method: str, path: str
) -> None:
    writer = Writer()
    writer.live("claim_1", 1)
    writer.enrich("claim_1")
    archive.append(writer.events)
    answer = (get if method == "GET" else post)(client, path, 404)
    assert "is the context of a claim" in answer["detail"]
    assert answer["detail"].endswith(f"/events/{path.split('/')[2].partition('?')[0]}")
    assert snapshots.count() == 0


def test_a_contexts_event_is_listed_under_its_id_and_beside_its_claims(client: Client, archive: MemoryArchive) -> None:
    writer = Writer()
    writer.live("claim_1", 2)
    enriched = writer.enrich("claim_1")
    archive.append(writer.events)
    [event] = get(client, "/events/context_claim_1")["events"]
    assert (event["event_id"], event["data"]["claim_id"]) == (enriched.event_id, "claim_1")
    assert positions(get(client, "/events/correlation/trace_claim_1")) == [1, 2, 3]
    assert positions(get(client, "/events/claim_1")) == [1, 2]
    assert get(client, "/replay/claim_1")["events_count"] == 2
    get(client, "/events/context_nobody", 404)


def test_replay_before_the_first_event_says_when_that_was(client: Client, archive: MemoryArchive) -> None:
    archive.append(life())
    problem = get(client, f"/replay/{CLAIM}?up_to_timestamp=2025-07-08T14:30:59.999Z", 404)
    assert problem["detail"] == (
        f"claim {CLAIM} did not exist yet at 2025-07-08T14:30:59.999Z: its first event is of 2025-07-08T14:31:00.000Z"
    )


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_a_snapshot_changes_nothing_but_its_own_field(client: Client, archive: MemoryArchive, steps: int) -> None:
    events = life()
    archive.append(events[:steps])
    post(client, f"/snapshots/{CLAIM}")
    archive.append(events[steps:])
    for version in (*range(1, 6), None):
        query = f"?up_to_version={version}" if version else ""
        with_snapshot = get(client, f"/replay/{CLAIM}{query}")
        reached = version or 5
        assert with_snapshot.pop("snapshot_version") == (steps if steps <= reached else None)
        plain = replay_without_snapshots(archive, f"/replay/{CLAIM}{query}")
        plain.pop("snapshot_version")
        assert with_snapshot == plain
        short = get(client, f"/replay/{CLAIM}{query}{'&' if query else '?'}include_events=false")
        assert short["events"] is None
        assert short["reconstructed_state"] == plain["reconstructed_state"]
        assert short["events_count"] == plain["events_count"]


def replay_without_snapshots(archive: MemoryArchive, path: str) -> Any:
    with pytest.MonkeyPatch.context() as patched, Client(app) as client:
        patched.setattr(bootstrap, "service", lambda: EventHistory(archive, MemorySnapshots()))
        return get(client, path)


def test_a_snapshot_is_not_used_for_a_time_before_an_event_it_holds(client: Client, archive: MemoryArchive) -> None:
    # The second event's clock was ahead: the claim's last event is older than one that the snapshot holds.
    events = life(steps=3)
    events[1] = changed(events[1], timestamp=START + timedelta(hours=5))
    archive.append(events)
    post(client, f"/snapshots/{CLAIM}")
    answer = get(client, f"/replay/{CLAIM}?up_to_timestamp={format_utc(events[2].timestamp)}")
    assert (answer["events_count"], answer["snapshot_version"]) == (1, None)


@pytest.mark.parametrize(
    "damage",
    [
        {"schema": "0-of-another-code"},
        {"state": {"claim_id": CLAIM}},
        {"state": {}},
        {"history": []},
    ],
)
def test_a_snapshot_that_cannot_be_used_is_left_aside(
    client: Client, archive: MemoryArchive, snapshots: MemorySnapshots, damage: dict[str, Any]
) -> None:
    archive.append(life())
    post(client, f"/snapshots/{CLAIM}")
    kept = snapshots.newest(CLAIM)
    assert kept is not None
    snapshots.save(replace(kept, **damage))
    answer = get(client, f"/replay/{CLAIM}")
    assert answer["snapshot_version"] is None
    assert (answer["reconstructed_state"]["status"], answer["events_count"]) == ("closed", 5)
    get(client, f"/snapshots/{CLAIM}")
    get(client, "/snapshots")
    # Taken again, it is whole again.
    post(client, f"/snapshots/{CLAIM}")
    assert get(client, f"/replay/{CLAIM}")["snapshot_version"] == 5


def test_a_snapshot_of_a_wrong_claim_is_left_aside(
    client: Client, archive: MemoryArchive, snapshots: MemorySnapshots
) -> None:
    writer = Writer()
    writer.live("claim_1")
    writer.live("claim_2")
    archive.append(writer.events)
    post(client, "/snapshots/claim_1")
    kept = snapshots.newest("claim_1")
    assert kept is not None
    snapshots.save(replace(kept, aggregate_id="claim_2"))
    answer = get(client, "/replay/claim_2")
    assert (answer["snapshot_version"], answer["reconstructed_state"]["claim_id"]) == (None, "claim_2")


def test_a_snapshot_is_made_once_a_version_and_counted_once(client: Client, archive: MemoryArchive) -> None:
    events = life()
    archive.append(events[:3])
    before = value(SNAPSHOTS_CREATED)
    made = post(client, f"/snapshots/{CLAIM}")
    assert (made["version"], made["status"], made["usable"]) == (3, "in_progress", True)
    assert made["state"]["history"][2]["status"] == "in_progress"
    assert post(client, f"/snapshots/{CLAIM}", 200) == made
    assert get(client, f"/snapshots/{CLAIM}") == made
    assert value(SNAPSHOTS_CREATED) == before + 1
    archive.append(events[3:])
    assert post(client, f"/snapshots/{CLAIM}")["version"] == 5
    assert value(SNAPSHOTS_CREATED) == before + 2


def test_snapshots_are_listed_newest_first_without_states(client: Client, archive: MemoryArchive) -> None:
    archive.append(lives(3))
    for number in (1, 2, 3):
        post(client, f"/snapshots/claim_{number}")
    first = get(client, "/snapshots?limit=2")
    assert first["count"] == 2
    rest = get(client, f"/snapshots?limit=2&cursor={first['next_cursor']}")
    assert rest["next_cursor"] is None
    lines = first["snapshots"] + rest["snapshots"]
    assert sorted(line["aggregate_id"] for line in lines) == ["claim_1", "claim_2", "claim_3"]
    assert "state" not in lines[0]


def test_a_diff_names_the_fields_that_changed(client: Client, archive: MemoryArchive) -> None:
    archive.append(life())
    answer = get(client, f"/replay/{CLAIM}/diff?from_version=2&to_version=3")
    assert (answer["aggregate_id"], answer["from_version"], answer["to_version"]) == (CLAIM, 2, 3)
    changes = {change["field"]: (change["from"], change["to"]) for change in answer["changes"]}
    assert changes == {
        "version": (2, 3),
        "status": ("assigned", "in_progress"),
        "updated_at": ("2025-07-08T14:32:00.000Z", "2025-07-08T14:33:00.000Z"),
        "started_at": (None, "2025-07-08T14:33:00.000Z"),
    }


def test_a_diff_goes_from_nothing_and_to_the_end(client: Client, archive: MemoryArchive) -> None:
    archive.append(life())
    whole = {change["field"]: change for change in get(client, f"/replay/{CLAIM}/diff?from_version=0")["changes"]}
    assert whole["status"] == {"field": "status", "from": None, "to": "closed"}
    assert get(client, f"/replay/{CLAIM}/diff?from_version=5")["changes"] == []
    problem = get(client, f"/replay/{CLAIM}/diff?from_version=2&to_version=6", 404)
    assert problem["detail"] == f"claim {CLAIM} has no version 6; its last one is 5"


def test_an_earlier_event_still_on_its_way_is_waited_for(client: Client, archive: MemoryArchive) -> None:
    events = life()
    archive.append([events[0], *events[2:]])
    problem = get(client, f"/replay/{CLAIM}", 503)
    assert problem["detail"] == f"version 2 of {CLAIM} has not reached the archive yet"
    assert get(client, f"/replay/{CLAIM}?up_to_version=1")["events_count"] == 1
    get(client, f"/replay/{CLAIM}/diff?from_version=1", 503)


def test_replays_are_counted(client: Client, archive: MemoryArchive) -> None:
    archive.append(life())
    before = value(REPLAYS_PERFORMED)
    get(client, f"/replay/{CLAIM}")
    get(client, f"/replay/{CLAIM}/diff")
    get(client, "/replay/nobody", 404)
    assert value(REPLAYS_PERFORMED) == before + 2


def test_statistics_count_the_archive(client: Client, archive: MemoryArchive) -> None:
    writer = Writer()
    writer.live("claim_1", 3)
    writer.live("claim_2", 1)
    archive.append(writer.events)
    post(client, "/snapshots/claim_1")
    assert get(client, "/statistics") == {
        "total_events": 4,
        "total_aggregates": 2,
        "by_event_type": [
            {"event_type": "ReclamationCreee", "count": 2},
            {"event_type": "ReclamationAffectee", "count": 1},
            {"event_type": "ReclamationEnCours", "count": 1},
        ],
        "by_day": [{"day": "2025-07-08", "count": 4}],
        "top_aggregates": [
            {"aggregate_id": "claim_1", "events_count": 3},
            {"aggregate_id": "claim_2", "events_count": 1},
        ],
        "snapshots": 1,
    }


def test_statistics_count_a_context_as_an_event_and_not_as_a_claim(client: Client, archive: MemoryArchive) -> None:
    writer = Writer()
    writer.live("claim_1", 2)
    writer.enrich("claim_1")
    archive.append(writer.events)
    answer = get(client, "/statistics")
    assert (answer["total_events"], answer["total_aggregates"]) == (3, 1)
    assert {"event_type": "ReclamationEnrichie", "count": 1} in answer["by_event_type"]
    assert answer["top_aggregates"] == [{"aggregate_id": "claim_1", "events_count": 2}]


def test_statistics_go_on_from_what_was_kept_before_there_were_contexts() -> None:
    writer = Writer()
    kept = HistoryTotals()
    kept.add_all(map(fact_of, writer.live("claim_1", 3)))
    totals = HistoryTotals.from_document(kept.to_document())
    totals.add(fact_of(writer.enrich("claim_1")))
    totals.add_all(map(fact_of, writer.live("claim_2", 1)))
    assert (totals.events, totals.aggregates, totals.busiest()) == (5, 2, [("claim_1", 3), ("claim_2", 1)])
    assert HistoryTotals.from_document(totals.to_document()) == totals


def test_a_top_full_of_claims_has_no_context_in_it() -> None:
    writer, totals = Writer(), HistoryTotals()
    for number in range(TOP_COUNT):
        totals.add_all(map(fact_of, [*writer.live(f"claim_{number}", 1), writer.enrich(f"claim_{number}")]))
    assert [name for name, _ in totals.busiest()] == [f"claim_{number}" for number in range(TOP_COUNT)]


def test_statistics_of_nothing_are_zeros(client: Client) -> None:
    answer = get(client, "/statistics")
    assert (answer["total_events"], answer["by_event_type"], answer["snapshots"]) == (0, [], 0)


def test_an_archive_that_is_away_is_told_as_such(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(MemoryArchive):
        def of_aggregate(self, *_: Any, **__: Any) -> Any:
            raise StoreUnavailableError("MongoDB does not answer")

    history = EventHistory(Away(), MemorySnapshots())
    monkeypatch.setattr(bootstrap, "service", lambda: history)
    response = client.http.get("/replay/claim_1")
    assert response.status_code == 503
    assert "Retry-After" in response.headers


def test_the_description_has_every_route_and_answer(client: Client) -> None:
    description = get(client, "/openapi.json")
    assert {"/events", "/replay/{aggregate_id}", "/replay/{aggregate_id}/diff", "/snapshots", "/statistics"} <= set(
        description["paths"]
    )
    assert "ReplayAnswer" in description["components"]["schemas"]


def test_a_snapshot_of_other_code_is_not_read() -> None:
    folded = fold(life())
    assert folded is not None
    kept = to_snapshot(folded, START)
    assert from_snapshot(kept) == folded
    assert from_snapshot(replace(kept, schema="0-of-another-code")) is None


def test_the_schema_of_snapshots_is_the_same_in_every_process() -> None:
    assert current_schema() == current_schema.__wrapped__()
    assert current_schema().startswith("1-")
