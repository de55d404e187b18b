"""Order and customer systems that say what they are told to, and a claims service in this process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from envelope import CustomerContext, OrderContext, OrderItem
from events.generate import request
from functions.integration.claims_service import Ids, MadeClaim
from functions.integration.known import Customer, Order
from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.upstream.systems import Availability

CUSTOMER = CustomerContext(
    name="Camille Roy", email="camille.roy@example.com", phone="+15145550123", language="fr", source="lab6"
)


def order(order_id: str = "order_45678", customer_id: str | None = "cust_12345", **changes: Any) -> Order:
    """An order of one item."""
    item = OrderItem(product_id="prod_17", product_name="Casque audio", quantity=1, unit_price=129.9)
    usual = {"status": "delivered", "total_amount": 129.9, "items": (item,), "source": "lab6", "orders_total": 50_000}
    return Order(OrderContext(id=order_id, customer_id=customer_id, **{**usual, **changes}))


@dataclass
class FakeSystem:
    """One system: what it knows, whether it answers, and what it was asked."""

    known: dict[str, Any] = field(default_factory=dict)
    is_up: bool = True
    asked: list[str] = field(default_factory=list)

    def ask(self, identifier: str) -> Any:
        self.asked.append(identifier)
        if not self.is_up:
            raise UpstreamUnavailableError("it does not answer in time")
        return self.known.get(identifier)

    def availability(self) -> Availability:
        return Availability(self.is_up, "closed" if self.is_up else "open", latency_s=0.001 if self.is_up else None)


class FakeSystems:
    """Both; they know the order and the customer of the requirement's example."""

    def __init__(self) -> None:
        self.orders = FakeSystem({"order_45678": order()})
        self.customers = FakeSystem({"cust_12345": Customer("cust_12345", CUSTOMER)})

    def order(self, order_id: str) -> Order | None:
        found: Order | None = self.orders.ask(order_id)
        return found

    def customer(self, customer_id: str) -> Customer | None:
        found: Customer | None = self.customers.ask(customer_id)
        return found

    def availability(self) -> tuple[Availability, Availability]:
        return self.orders.availability(), self.customers.availability()

    def go(self, *, up: bool) -> None:
        """Both come or go."""
        self.orders.is_up = self.customers.is_up = up


class ClaimsFunction:
    """The claims service's own function, invoked in this process instead of over HTTP."""

    def create(self, body: Mapping[str, Any], key: str, ids: Ids) -> MadeClaim:
        event = request("CreateClaim", "POST", "/claims", {"sub": "integration", "role": "service"})
        event["body"] = json.dumps(body)
        event["headers"] |= {"idempotency-key": key, "x-correlation-id": ids.correlation_id}
        if ids.causation_id:
            event["headers"]["x-causation-id"] = ids.causation_id
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        answer = import_module("functions.claims.app").app(event, None)
        assert answer["statusCode"] == 201, answer["body"]
        return MadeClaim(json.loads(answer["body"]), answer["headers"]["Location"])
