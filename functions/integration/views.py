"""What the integration service answers."""

from typing import Literal

from pydantic import BaseModel, Field

from envelope import CustomerContext, OrderContext
from functions.integration.contexts import ClaimContext
from functions.integration.known import Customer, Order
from functions.integration.simulated import SIMULATED
from functions.integration.upstream.systems import Availability

IntegrationStatus = Literal["success", "degraded"]


class Told(BaseModel):
    """How what is shown came about: `degraded` where a system did not answer and stand-ins are shown."""

    integration_status: IntegrationStatus
    lab6_available: bool


class Identified(BaseModel):
    """Stands in front of what it names, where fields are told in the order of the bases, the last one first."""

    id: str


class CustomerPart(CustomerContext, Identified):
    """A customer; `source` is `simulated` for a stand-in."""


class OrderView(Told, OrderContext):
    """An order."""


class CustomerView(Told, CustomerPart):
    """A customer."""


class MadeClaimPart(BaseModel):
    """A claim, with the context that it was made in."""

    claim_id: str
    status: str
    version: int
    position: int
    event_id: str
    correlation_id: str
    order_context: OrderContext
    customer_context: CustomerPart | None


class FromOrderView(Told, MadeClaimPart):
    """The claim that was made from an order."""


class SystemView(BaseModel):
    """One of the other systems."""

    available: bool
    circuit: Literal["closed", "open", "half_open"] = Field(
        description="open: it failed too often lately and is not asked, but for a trial now and then"
    )
    latency_ms: float | None
    reason: str | None


class StatusView(BaseModel):
    """Whether claims are made with their real context now."""

    mode: Literal["integrated", "degraded"]
    lab6_available: bool
    orders: SystemView
    customers: SystemView


def told(*, is_real: bool) -> Told:
    """The two fields that say so."""
    return Told(integration_status="success" if is_real else "degraded", lab6_available=is_real)


def order_view(order: Order) -> OrderView:
    """An order as it is shown."""
    return OrderView(**dict(order.context), **dict(told(is_real=order.context.source != SIMULATED)))


def customer_part(customer: Customer) -> CustomerPart:
    """A customer within something else."""
    return CustomerPart(id=customer.customer_id, **dict(customer.context))


def customer_view(customer: Customer) -> CustomerView:
    """A customer as it is shown."""
    is_real = customer.context.source != SIMULATED
    return CustomerView(id=customer.customer_id, **dict(customer.context), **dict(told(is_real=is_real)))


def context_parts(context: ClaimContext) -> tuple[OrderContext, CustomerPart | None, Told]:
    """A context in its three parts."""
    customer = customer_part(context.customer) if context.customer else None
    return context.order.context, customer, told(is_real=context.is_real)


def system_view(found: Availability) -> SystemView:
    """One of the other systems as it is shown."""
    latency_ms = None if found.latency_s is None else round(found.latency_s * 1000, 3)
    return SystemView(available=found.available, circuit=found.circuit, latency_ms=latency_ms, reason=found.reason)
