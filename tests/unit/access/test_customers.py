"""A customer sees and makes what is theirs; of everything else they do not even learn that it is there."""

import pytest

from events.generate import BODIES
from events.generate import CLAIM as LIFE
from tests.unit.access.cast import CLAIM, CUSTOMER, OTHER, call
from tests.unit.fixtures.memory_system import MemorySystem

BODY = {name: value for name, value in BODIES["CreateClaim"].items() if name != "customer_id"}
OF_ONE_CLAIM = [
    ("ClaimsFunction", "GetClaim"),
    ("ClaimsFunction", "GetClaimEvents"),
    ("ClaimsFunction", "ReplayClaim"),
    ("QueryFunction", "GetClaim"),
]
LISTS = [
    ("QueryFunction", "ListClaims", "claims"),
    ("QueryFunction", "ClaimsByStatus", "claims"),
    ("QueryFunction", "Search", "claims"),
    ("QueryFunction", "CustomerStats", "customer_stats"),
    ("NotificationFunction", "ListNotifications", "notifications"),
]


def test_a_claim_that_they_make_is_theirs_without_their_saying_so(system: MemorySystem) -> None:
    answer = call("ClaimsFunction", "CreateClaim", "other", body=BODY)
    assert answer.status == 201, answer.text
    made = call("ClaimsFunction", "GetClaim", "other", path={"claim_id": answer.body["claim_id"]})
    assert made.body["customer_id"] == OTHER
    (event,) = call("ClaimsFunction", "GetClaimEvents", "other", path={"claim_id": answer.body["claim_id"]}).body[
        "events"
    ]
    assert event["actor"] == {"type": "customer", "id": "auth0|max"}


def test_they_may_say_so(system: MemorySystem) -> None:
    assert call("ClaimsFunction", "CreateClaim", "other", body={**BODY, "customer_id": OTHER}).status == 201


def test_they_make_no_claim_in_anothers_name(system: MemorySystem) -> None:
    before = system.log.last_position()
    assert call("ClaimsFunction", "CreateClaim", "other", body={**BODY, "customer_id": CUSTOMER}).status == 403
    assert system.log.last_position() == before


def test_a_service_must_say_whose_claim_it_is(system: MemorySystem) -> None:
    assert call("ClaimsFunction", "CreateClaim", "service", body=BODY).body["errors"][0]["field"] == "customer_id"


@pytest.mark.parametrize(("function", "route"), OF_ONE_CLAIM)
def test_their_own_claim_is_shown(system: MemorySystem, function: str, route: str) -> None:
    assert call(function, route, "customer").status == 200


@pytest.mark.parametrize(("function", "route"), OF_ONE_CLAIM)
def test_anothers_claim_is_answered_as_one_that_is_not_there(system: MemorySystem, function: str, route: str) -> None:
    anothers = call(function, route, "other")
    nobodys = call(function, route, "other", path={"claim_id": "claim_nobody"})
    assert (anothers.status, nobodys.status) == (404, 404)
    hidden = {"instance", "correlation_id"}
    told = [{name: text for name, text in each.body.items() if name not in hidden} for each in (anothers, nobodys)]
    assert str(told[0]).replace(CLAIM, "") == str(told[1]).replace("claim_nobody", "")
    assert anothers.headers.keys() == nobodys.headers.keys()


@pytest.mark.parametrize(("function", "route", "items"), LISTS)
def test_lists_hold_their_own_alone(system: MemorySystem, function: str, route: str, items: str) -> None:
    query = {"q": "défectueux"} if route == "Search" else {}
    own = call(function, route, "customer", query=query).body
    assert own["count"] == len(own[items]) > 0
    assert {each["customer_id"] for each in own[items]} == {CUSTOMER}
    assert call(function, route, "other", query=query).body["count"] == 0


@pytest.mark.parametrize(("function", "route", "items"), LISTS)
def test_asking_for_anothers_is_refused_whether_there_is_any_or_not(
    system: MemorySystem, function: str, route: str, items: str
) -> None:
    query = {"q": "défectueux"} if route == "Search" else {}
    for asked in (CUSTOMER, "cust_nobody"):
        assert call(function, route, "other", query={**query, "customer_id": asked}).status == 403
    assert call(function, route, "customer", query={**query, "customer_id": CUSTOMER}).body["count"] > 0


def test_the_list_of_a_customer_is_that_customers(system: MemorySystem) -> None:
    assert call("QueryFunction", "ClaimsOfCustomer", "customer").body["count"] == 1
    for asked in (CUSTOMER, "cust_nobody"):
        assert call("QueryFunction", "ClaimsOfCustomer", "other", path={"customer_id": asked}).status == 403


def test_they_see_what_they_were_told_as_it_was_sent_and_not_what_agents_were_told(system: MemorySystem) -> None:
    found = call("NotificationFunction", "ListNotifications", "customer", query={}).body["notifications"]
    assert len(found) == 4
    assert {each["event_type"] for each in found} == {"ReclamationCreee", "ReclamationResolue", "ReclamationCloturee"}
    assert {each["recipient"] for each in found if each["type"] == "email"} == {"camille.roy@example.com"}
    asked = {"event_type": "ReclamationAffectee"}
    assert call("NotificationFunction", "ListNotifications", "customer", query=asked).body["count"] == 0


def test_one_notification_is_shown_to_whom_it_was_sent(system: MemorySystem) -> None:
    every = call("NotificationFunction", "ListNotifications", "supervisor", query={}).body["notifications"]
    assert len(every) == 5
    for each in every:
        path = {"notification_id": each["notification_id"]}
        own = call("NotificationFunction", "GetNotification", "customer", path=path)
        assert own.status == (404 if each["event_type"] == "ReclamationAffectee" else 200)
        assert call("NotificationFunction", "GetNotification", "other", path=path).status == 404


def test_agents_addresses_are_not_for_them(system: MemorySystem) -> None:
    events = call("ClaimsFunction", "GetClaimEvents", "customer").body["events"]
    assert events[0]["data"]["customer"]["email"] == "camille.roy@example.com"
    assigned = {**LIFE[1], "data": {**LIFE[1]["data"], "agent_email": "john.smith@example.com"}}
    system.append(
        [{**each, "aggregate_id": "claim_2", "event_id": f"e-{each['version']}"} for each in (LIFE[0], assigned)]
    )
    answer = call("ClaimsFunction", "GetClaimEvents", "customer", path={"claim_id": "claim_2"})
    assert answer.body["events"][1]["data"]["agent_email"] == "j***@example.com"
