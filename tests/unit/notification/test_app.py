"""The HTTP routes, through Chalice, on stores in memory."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import Client, HTTPResponse

from functions.notification import bootstrap
from functions.notification.app import app
from functions.notification.reading import NotificationReader
from handlers.cursors import decode_cursor, encode_cursor
from repositories.errors import StoreUnavailableError
from tests.contract.notifications_contract import notification
from tests.unit.notification.claim_life import EVENT_TYPES, World, event


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A claim's whole life has been told to its customer and its agent."""
    world = World()
    world.notify(*(event(event_type) for event_type in EVENT_TYPES))
    monkeypatch.setattr(bootstrap, "service", lambda: NotificationReader(world.store))
    return world


def get(path: str) -> HTTPResponse:
    with Client(app) as client:
        return client.http.get(path)


def listed(query: str = "") -> list[dict[str, Any]]:
    """The notifications of one page."""
    answer = get(f"/notifications{query}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json_body["notifications"]
    return found


def test_all_notifications_are_listed(world: World) -> None:
    answer = get("/notifications").json_body
    assert (answer["count"], answer["next_cursor"], len(answer["notifications"])) == (5, None, 5)


def test_an_email_has_the_fields_of_the_contract(world: World) -> None:
    (email,) = listed("?event_type=ReclamationResolue")
    assert email["type"] == "email"
    assert email["subject"] == "Une solution pour votre réclamation claim_67890"
    assert "Produit remplacé par un neuf" in email["body"]
    assert (email["event_id"], email["claim_id"], email["customer_id"]) == ("event-4", "claim_67890", "cust_12345")
    assert (email["correlation_id"], email["status"], email["attempts"]) == ("trace_xyz789", "sent", 1)
    assert email["sent_at"] == "2025-07-08T14:31:00.000Z"
    assert {"phone", "message"}.isdisjoint(email)


def test_an_sms_has_the_fields_of_the_contract(world: World) -> None:
    (sms,) = listed("?type=sms")
    assert sms["type"] == "sms"
    assert "claim_67890" in sms["message"]
    assert {"recipient", "subject", "body"}.isdisjoint(sms)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("claim_id=claim_67890", 5),
        ("claim_id=claim_0", 0),
        ("customer_id=cust_12345", 5),
        ("customer_id=cust_0", 0),
        ("type=email", 4),
        ("type=sms", 1),
        ("status=sent", 5),
        ("status=failed", 0),
        ("event_type=ReclamationCreee", 2),
        ("correlation_id=trace_xyz789", 5),
        ("correlation_id=trace_0", 0),
        ("type=email&event_type=ReclamationCreee", 1),
        ("limit=2", 2),
        ("limit=10&offset=3", 2),
    ],
)
def test_filters_and_pages_choose_among_them(world: World, query: str, count: int) -> None:
    assert len(listed(f"?{query}")) == count


@pytest.mark.parametrize(
    "query",
    [
        "color=red",
        "type=fax",
        "status=lost",
        "limit=0",
        "limit=501",
        "offset=-1",
        "cursor=x",
        "cursor=WzEsMl0",
        "limit=a",
    ],
)
def test_a_query_that_means_nothing_is_refused(world: World, query: str) -> None:
    answer = get(f"/notifications?{query}")
    assert answer.status_code == 422
    assert answer.json_body["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("place", [[-1, "x"], [2**63, "x"], [1.5, "x"], ["1", "x"], [1, None], [1], [1, "x", 2]])
def test_a_cursor_that_no_list_gave_out_is_refused(world: World, place: list[Any]) -> None:
    assert get(f"/notifications?cursor={encode_cursor(place)}").status_code == 422


def test_cursors_lead_through_all_of_them_once(world: World) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        answer = get(f"/notifications?limit=2{cursor}").json_body
        seen += [each["notification_id"] for each in answer["notifications"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5


def test_a_caller_without_a_role_sees_no_personal_data(world: World) -> None:
    pages = [get("/notifications"), get("/notifications?limit=1")]
    pages += [get(f"/notifications/{each['notification_id']}") for each in listed()]
    for page in pages:
        text = page.body.decode()
        for secret in ("zoe@example.com", "Zoé", "Müller", "33612345612", "John Smith", "agent_smith@"):
            assert secret not in text
    email = listed("?event_type=ReclamationResolue")[0]
    assert (email["recipient"], email["body"].splitlines()[0]) == ("z***@example.com", "Bonjour Z***,")
    assert listed("?type=sms")[0]["phone"] == "+33*****12"


def test_a_cursor_holds_no_address(world: World) -> None:
    cursor = get("/notifications?limit=1").json_body["next_cursor"]
    assert "@" not in str(decode_cursor(cursor, 2))


def test_each_is_found_by_the_id_it_is_listed_with(world: World) -> None:
    for each in listed():
        answer = get(f"/notifications/{quote(each['notification_id'], safe='')}")
        assert (answer.status_code, answer.json_body) == (200, each)


@pytest.mark.parametrize("safe", ["", ":@"])
def test_an_id_with_the_address_in_it_works_however_it_is_written(world: World, safe: str) -> None:
    answer = get("/notifications/" + quote("event-1:email:zoe@example.com", safe=safe))
    assert answer.status_code == 200
    assert answer.json_body["event_id"] == "event-1"


def test_an_id_that_never_was_is_not_found(world: World) -> None:
    answer = get("/notifications/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_failed_one_says_why_and_has_no_recipient(world: World) -> None:
    world.notify(event("ReclamationResolue", aggregate_id="claim_2", event_id="other"))
    (failed,) = listed("?status=failed")
    assert (failed["recipient"], failed["reason"], failed["sent_at"]) == (None, "no recipient", None)


def test_the_stats_count_by_type_event_type_and_status(world: World) -> None:
    world.store.plan([replace(notification(), channel="sms")])
    assert get("/notifications/stats").json_body == {
        "total_notifications": 6,
        "by_type": {"email": 4, "sms": 2},
        "by_event_type": {
            "ReclamationCreee": 3,
            "ReclamationAffectee": 1,
            "ReclamationResolue": 1,
            "ReclamationCloturee": 1,
        },
        "by_status": {"sent": 5, "pending": 1},
    }


def test_the_service_is_healthy_and_describes_itself() -> None:
    assert get("/health").json_body == {"status": "healthy", "service": "notification"}
    assert b"http_request_duration_seconds" in get("/metrics").body
    paths = get("/openapi.json").json_body["paths"]
    assert {"/notifications", "/notifications/stats", "/notifications/{notification_id}"} <= paths.keys()
    assert get("/docs").status_code == 200


def test_it_is_ready_when_mongodb_answers_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "check_mongodb", lambda: None)
    assert get("/health/ready").status_code == 200

    def gone() -> None:
        raise StoreUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(bootstrap, "check_mongodb", gone)
    answer = get("/health/ready")
    assert (answer.status_code, answer.json_body["dependencies"]["mongodb"]["status"]) == (503, "down")


def test_a_store_that_is_down_is_told_as_503(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down(NotificationReader):
        def stats(self) -> Any:
            raise StoreUnavailableError("MongoDB does not answer")

    monkeypatch.setattr(bootstrap, "service", lambda: Down(World().store))
    answer = get("/notifications/stats")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
