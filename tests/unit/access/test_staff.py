"""What agents, supervisors, auditors and machines are shown, and how what they do is put on record."""

import json

import pytest

from events.generate import BODIES
from events.generate import CLAIM as LIFE
from tests.unit.access.cast import call
from tests.unit.fixtures.memory_system import MemorySystem

# Everything about the claim's customer that is not for agents.
PERSONAL = ("Camille", "Roy", "camille.roy@", "33612345678", "15145550123")
OF_CUSTOMERS = [
    ("ClaimsFunction", "GetClaim"),
    ("ClaimsFunction", "GetClaimEvents"),
    ("ClaimsFunction", "ReplayClaim"),
    ("QueryFunction", "ListClaims"),
    ("QueryFunction", "GetClaim"),
    ("NotificationFunction", "ListNotifications"),
    ("IntegrationFunction", "GetCustomer"),
    ("IntegrationFunction", "GetCustomerShort"),
    ("EventStoreFunction", "EventsOfAggregate"),
    ("EventStoreFunction", "Replay"),
    ("EventStoreFunction", "CreateSnapshot"),
    ("AuditFunction", "AuditOfClaim"),
]


def personal(text: str) -> list[str]:
    return [each for each in PERSONAL if each in text]


@pytest.mark.parametrize(("function", "route"), OF_CUSTOMERS)
def test_agents_are_shown_no_contact_and_the_others_who_may_look_are(
    system: MemorySystem, monkeypatch: pytest.MonkeyPatch, function: str, route: str
) -> None:
    shown = {role: call(function, route, role) for role in ("supervisor", "auditor", "service")}
    seen = [answer for answer in shown.values() if answer.status in (200, 201)]
    assert seen
    assert all(personal(answer.text) for answer in seen)
    # However the table is changed one day: the masks do not depend on it.
    monkeypatch.setattr("handlers.service_app.is_allowed", lambda *_: True)
    answer = call(function, route, "agent")
    assert answer.status in (200, 201), answer.text
    assert not personal(answer.text)


def test_what_is_masked_is_the_same_answer_otherwise(system: MemorySystem) -> None:
    whole, masked = (call("ClaimsFunction", "GetClaim", role) for role in ("supervisor", "agent"))
    assert masked.headers["ETag"] == whole.headers["ETag"]
    assert {**whole.body, "customer": None} == {**masked.body, "customer": None}
    assert masked.body["customer"]["name"] == "C***"


def test_an_agent_who_is_called_makes_a_claim_for_a_customer_but_not_hundreds(system: MemorySystem) -> None:
    assert call("ClaimsFunction", "CreateClaim", "agent", body=BODIES["CreateClaim"]).status == 201
    assert call("ClaimsFunction", "CreateClaims", "agent").status == 403


def test_an_agent_who_names_nobody_takes_the_claim(system: MemorySystem) -> None:
    system.append([{**LIFE[0], "aggregate_id": "claim_2", "event_id": "e-1"}])
    answer = call("ClaimsFunction", "AssignClaim", "agent", path={"claim_id": "claim_2"}, body={"agent_name": "John"})
    assert answer.status == 200, answer.text
    claim = call("ClaimsFunction", "GetClaim", "agent", path={"claim_id": "claim_2"}).body
    assert (claim["agent_id"], claim["agent_name"]) == ("agent_smith", "John")


def test_a_supervisor_must_say_who_takes_it(system: MemorySystem) -> None:
    answer = call("ClaimsFunction", "AssignClaim", "supervisor", body={})
    assert answer.body["errors"] == [{"field": "agent_id", "message": "is required"}]


def test_who_did_it_is_on_record_with_their_role(system: MemorySystem) -> None:
    made = call("ClaimsFunction", "CreateClaim", "service", body=BODIES["CreateClaim"]).body["claim_id"]
    call("ClaimsFunction", "AssignClaim", "supervisor", path={"claim_id": made}, body=BODIES["AssignClaim"])
    call("ClaimsFunction", "StartClaim", "agent", path={"claim_id": made}, body={})
    events = call("ClaimsFunction", "GetClaimEvents", "supervisor", path={"claim_id": made}).body["events"]
    assert [each["actor"] for each in events] == [
        {"type": "service", "id": "service_1"},
        {"type": "supervisor", "id": "supervisor_1"},
        {"type": "agent", "id": "john.smith@example.com"},
    ]


def test_who_is_asked_for_readiness_keeps_the_reasons_to_themselves(
    system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise ConnectionError("postgres at 10.0.0.7 refused user recours")

    monkeypatch.setattr("functions.query.bootstrap.check_postgresql", down)
    answer = call("QueryFunction", "Ready", None)
    assert (answer.status, answer.body["dependencies"]) == (503, {"postgresql": {"status": "down"}})


def test_the_description_tells_who_may_do_what(system: MemorySystem) -> None:
    described = json.loads(call("ClaimsFunction", "OpenApi", None).text)
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    close = described["paths"]["/claims/{claim_id}/close"]["post"]
    assert close["security"] == [{"bearer": []}]
    assert close["description"] == "For the roles supervisor."
    assert {"401", "403"} <= close["responses"].keys()
    health = described["paths"]["/health"]["get"]
    assert "security" not in health
    assert not {"401", "403"} & health["responses"].keys()


def test_where_nobody_is_asked_the_description_tells_of_no_token(
    system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_MODE", "off")
    assert "security" not in call("ClaimsFunction", "OpenApi", None).text


def test_where_nobody_is_asked_everybody_may_all_and_notifications_are_masked(
    system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_MODE", "off")
    # Even a caller who is told of: off is off.
    for who in (None, "customer"):
        assert personal(call("AuditFunction", "AuditOfClaim", who).text)
        assert not personal(call("NotificationFunction", "ListNotifications", who, query={}).text)
    made = call("ClaimsFunction", "CreateClaim", "agent").body["claim_id"]
    events = call("ClaimsFunction", "GetClaimEvents", None, path={"claim_id": made}).body["events"]
    assert events[0]["actor"] == {"type": "anonymous", "id": "anonymous"}
