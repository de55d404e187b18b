"""The context of an order: what both systems say of it, or what stands in where one does not answer."""

from dataclasses import dataclass
from typing import Protocol

from functions.integration.known import Customer, Order
from functions.integration.simulated import SIMULATED, simulated_customer, simulated_order
from functions.integration.upstream.errors import UpstreamUnavailableError


class ReadsSystems(Protocol):
    """The order and customer systems."""

    def order(self, order_id: str) -> Order | None:
        """The order; None where there is no such one. Raises UpstreamUnavailableError."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer; None where there is no such one. Raises UpstreamUnavailableError."""


@dataclass(frozen=True, slots=True)
class ClaimContext:
    """An order and its customer. `customer` is None where the customer system knows no such one."""

    order: Order
    customer: Customer | None

    @property
    def is_real(self) -> bool:
        """Whether both systems answered: nothing in it is simulated."""
        sources = {self.order.context.source, self.customer.context.source if self.customer else None}
        return SIMULATED not in sources


def order_or_stand_in(systems: ReadsSystems, order_id: str) -> Order | None:
    """The order; None only where the order system says that there is none."""
    try:
        return systems.order(order_id)
    except UpstreamUnavailableError:
        return simulated_order(order_id)


def customer_or_stand_in(systems: ReadsSystems, customer_id: str) -> Customer | None:
    """The customer; None only where the customer system says that there is none."""
    try:
        return systems.customer(customer_id)
    except UpstreamUnavailableError:
        return simulated_customer(customer_id)


def context_of(systems: ReadsSystems, order_id: str) -> ClaimContext | None:
    """The context of an order, in degraded mode with stand-ins; None where there is no such order."""
    order = order_or_stand_in(systems, order_id)
    if order is None:
        return None
    return ClaimContext(order, _customer_of(systems, order))


def _customer_of(systems: ReadsSystems, order: Order) -> Customer | None:
    customer_id = order.context.customer_id
    if customer_id is None:
        return None
    if order.context.source == SIMULATED:
        return simulated_customer(customer_id)
    return customer_or_stand_in(systems, customer_id)
