"""Claims made from orders: integrated, degraded, once a key."""

import json
from typing import Any

import pytest

from events.generate import request
from functions.integration.claims_service import ClaimsUnavailableError, Ids, MadeClaim
from functions.integration.from_order import FromOrder
from functions.integration.upstream.documents import SOURCE
from tests.unit.fixtures.memory_system import MemorySystem, handler_of
from tests.unit.integration.fakes import CUSTOMER, order

BODY = {"order_id": "order_45678", "claim_type": "product_defect", "description": "Endommagé", "urgency": "high"}


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemorySystem:
    return MemorySystem(monkeypatch)


def call(method: str, resource: str, path: str | None = None, body: object = None, **headers: str) -> dict[str, Any]:
    """The function's answer, with its body read."""
    event = request("CreateClaimFromOrder", method, resource)
    event["path"] = path or resource
    event["body"] = None if body is None else json.dumps(body)
    event["pathParameters"] = {"order_id": "", "customer_id": ""}
    for name in ("order_id", "customer_id"):
        if f"{{{name}}}" in resource:
            event["pathParameters"] = {name: (path or "").rpartition("/")[2]}
    event["headers"] = {"content-type": "application/json", **headers}
    event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
    answer = handler_of("functions.integration.app.app")(event, None)
    return {**answer, "body": json.loads(answer["body"])}


def make(body: object = BODY, **headers: str) -> dict[str, Any]:
    return call("POST", "/integration/claims/from-order", body=body, **headers)


def created(system: MemorySystem, number: int = 1) -> dict[str, Any]:
    """The data of the event at a position."""
    event = system.log.event_at(number)
    assert event is not None
    return event.data


def test_a_claim_is_made_with_its_order_and_its_customer_as_fields_of_the_event(system: MemorySystem) -> None:
    answer = make(**{"x-correlation-id": "trace-1", "x-causation-id": "click-1"})
    assert answer["statusCode"] == 201
    body = answer["body"]
    assert (body["integration_status"], body["lab6_available"]) == ("success", True)
    assert body["order_context"]["customer_id"] == "cust_12345"
    assert body["customer_context"]["id"] == "cust_12345"
    assert body["customer_context"]["email"] == "camille.roy@example.com"
    assert answer["headers"]["Location"].endswith(f"/claims/{body['claim_id']}")
    data = created(system)
    assert data["description"] == "Endommagé"
    assert (data["customer_id"], data["order_id"], data["product_id"]) == ("cust_12345", "order_45678", "prod_17")
    assert data["order"]["status"] == "delivered"
    assert data["customer"]["name"] == "Camille Roy"
    event = system.log.event_at(1)
    assert event is not None
    assert (event.correlation_id, event.causation_id) == ("trace-1", "click-1")


def test_the_short_path_does_the_same(system: MemorySystem) -> None:
    answer = call("POST", "/claims/from-order", body=BODY)
    assert answer["statusCode"] == 201
    assert created(system)["order_id"] == "order_45678"


def test_an_order_that_the_order_system_does_not_have_is_404_and_makes_no_claim(system: MemorySystem) -> None:
    answer = make({**BODY, "order_id": "order_404"})
    assert answer["statusCode"] == 404
    assert "order_404" in answer["body"]["error"]
    assert system.log.last_position() == 0


def test_a_customer_who_is_not_there_is_no_error(system: MemorySystem) -> None:
    system.systems.customers.known.clear()
    answer = make()
    assert answer["statusCode"] == 201
    assert answer["body"]["customer_context"] is None
    assert answer["body"]["integration_status"] == "success"
    assert "customer" not in created(system)


def test_without_the_other_systems_a_claim_is_made_with_stand_ins_that_say_so(system: MemorySystem) -> None:
    system.systems.go(up=False)
    answer = make()
    assert answer["statusCode"] == 201
    body = answer["body"]
    assert (body["integration_status"], body["lab6_available"]) == ("degraded", False)
    assert body["order_context"]["source"] == "simulated"
    assert body["customer_context"]["source"] == "simulated"
    assert body["customer_context"]["email"] is None
    data = created(system)
    assert data["customer_id"] == "customer_of_order_45678"
    assert data["order"]["source"] == "simulated"
    assert "customer" not in data, "nobody can be reached by a stand-in"


def test_a_customer_system_that_is_down_alone_leaves_the_order_real(system: MemorySystem) -> None:
    system.systems.customers.is_up = False
    body = make()["body"]
    assert (body["integration_status"], body["order_context"]["source"]) == ("degraded", "lab6")
    assert body["customer_context"] == {
        "id": "cust_12345", "name": None, "email": None, "phone": None, "language": "fr", "source": "simulated",
    }  # fmt: skip
    assert created(system)["customer_id"] == "cust_12345"


def test_a_repeat_with_the_key_is_the_same_claim_though_the_context_changed_meanwhile(system: MemorySystem) -> None:
    first = make(**{"idempotency-key": "k-1"})["body"]
    system.systems.go(up=False)
    system.systems.orders.known["order_45678"] = order(status="returned")
    again = make(**{"idempotency-key": "k-1"})["body"]
    assert again == first
    assert system.log.last_position() == 1


def test_a_degraded_claim_stays_what_it_was_when_it_is_repeated_in_integrated_mode(system: MemorySystem) -> None:
    system.systems.go(up=False)
    first = make(**{"idempotency-key": "k-1"})["body"]
    system.systems.go(up=True)
    assert make(**{"idempotency-key": "k-1"})["body"] == first
    assert system.log.last_position() == 1


def test_a_key_with_another_request_is_refused(system: MemorySystem) -> None:
    make(**{"idempotency-key": "k-1"})
    answer = make({**BODY, "description": "Autre chose"}, **{"idempotency-key": "k-1"})
    assert answer["statusCode"] == 422
    assert system.log.last_position() == 1


def test_a_key_as_long_as_any_may_be_is_taken(system: MemorySystem) -> None:
    assert make(**{"idempotency-key": "k" * 255})["statusCode"] == 201
    assert make(**{"idempotency-key": "k" * 256})["statusCode"] == 422


class Dying:
    """A claims service whose answers are lost: what it was sent, and how often."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], str]] = []

    def create(self, body: Any, key: str, ids: Ids) -> MadeClaim:
        self.sent.append((dict(body), key))
        raise ClaimsUnavailableError("the claims service does not answer")


def test_after_a_lost_answer_the_very_same_claim_is_asked_for_under_the_same_key(
    system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = Dying()
    service = FromOrder(system.systems, claims, system.requests, ttl_s=60)
    monkeypatch.setattr("functions.integration.bootstrap.from_order", lambda: service)
    first = make(**{"idempotency-key": "k-1"})
    assert (first["statusCode"], first["headers"]["Retry-After"]) == (503, "1")
    system.systems.go(up=False)
    make(**{"idempotency-key": "k-1"})
    assert claims.sent[0] == claims.sent[1]
    make()
    assert claims.sent[2][1] != claims.sent[0][1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": "a b"}, "order_id"),
        ({"order_id": 7}, "order_id"),
        ({"claim_type": "anger"}, "claim_type"),
        ({"description": "  "}, "description"),
        ({"description": "x" * 10_001}, "description"),
        ({"urgency": "now"}, "urgency"),
        ({"colour": "red"}, "colour"),
        ({"channel": "a\nb"}, "channel"),
    ],
)
def test_a_field_that_is_wrong_is_named_and_nobody_is_asked(
    system: MemorySystem, changes: dict[str, Any], field: str
) -> None:
    answer = make({**BODY, **changes})
    assert answer["statusCode"] == 422
    assert [error["field"] for error in answer["body"]["errors"]] == [field]
    assert system.systems.orders.asked == []


def test_an_order_and_a_customer_can_be_looked_at(system: MemorySystem) -> None:
    found = call("GET", "/integration/orders/{order_id}", "/integration/orders/order_45678")
    assert (found["statusCode"], found["body"]["status"]) == (200, "delivered")
    assert (found["body"]["integration_status"], found["body"]["source"]) == ("success", "lab6")
    found = call("GET", "/customers/{customer_id}", "/customers/cust_12345")
    assert (found["body"]["id"], found["body"]["name"]) == ("cust_12345", "Camille Roy")
    assert call("GET", "/orders/{order_id}", "/orders/order_1")["statusCode"] == 404
    assert call("GET", "/customers/{customer_id}", "/customers/cust_1")["statusCode"] == 404


def test_looked_at_in_degraded_mode_they_say_that_they_are_simulated(system: MemorySystem) -> None:
    system.systems.go(up=False)
    for resource, path in (
        ("/orders/{order_id}", "/orders/order_1"),
        ("/customers/{customer_id}", "/customers/cust_1"),
    ):
        found = call("GET", resource, path)
        assert found["statusCode"] == 200
        assert (found["body"]["source"], found["body"]["integration_status"]) == ("simulated", "degraded")


def test_the_status_tells_which_system_answers(system: MemorySystem) -> None:
    assert call("GET", "/integration/status")["body"]["mode"] == "integrated"
    system.systems.customers.is_up = False
    status = call("GET", "/status")["body"]
    assert (status["mode"], status["lab6_available"]) == ("degraded", False)
    assert (status["orders"]["available"], status["customers"]["available"]) == (True, False)
    assert status["customers"]["circuit"] == "open"


def test_a_customer_without_an_order_of_his_is_unknown(system: MemorySystem) -> None:
    system.systems.orders.known["order_7"] = order("order_7", customer_id=None)
    body = make({**BODY, "order_id": "order_7"})["body"]
    assert (body["customer_context"], body["integration_status"]) == (None, "success")
    assert created(system)["customer_id"] == "customer_of_order_7"


def test_the_product_is_that_of_a_one_item_order_unless_the_caller_names_one(system: MemorySystem) -> None:
    make({**BODY, "product_id": "17", "channel": "web"})
    assert (created(system)["product_id"], created(system)["channel"]) == ("17", "web")
    items = order().context.items * 2
    system.systems.orders.known["order_8"] = order("order_8", items=items)
    make({**BODY, "order_id": "order_8"})
    assert "product_id" not in created(system, 2)


def test_a_product_that_is_not_in_the_order_is_refused_where_its_products_are_known(system: MemorySystem) -> None:
    answer = make({**BODY, "product_id": "prod_5"})
    assert (answer["statusCode"], [error["field"] for error in answer["body"]["errors"]]) == (422, ["product_id"])
    system.systems.go(up=False)
    assert make({**BODY, "product_id": "prod_5"})["statusCode"] == 201


def test_behind_the_gateway_the_claim_is_beside_us(system: MemorySystem) -> None:
    path = "/integration-service/integration/claims/from-order"
    answer = call("POST", path, body=BODY)
    assert answer["headers"]["Location"] == f"/claims-service/claims/{answer['body']['claim_id']}"


def test_the_fakes_name_their_source_as_the_real_reader_does() -> None:
    assert CUSTOMER.source == order().context.source == SOURCE
