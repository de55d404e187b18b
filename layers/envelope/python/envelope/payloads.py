"""What each event says, the five of a claim and the one of its context: the `data` of its envelope.

Published facts: a field may be added with a default, never removed, renamed or made stricter (tests/contract holds
that). Anything else is a new schema version with an upcaster. Unknown fields are ignored, so that an older reader
survives a newer writer.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from envelope.times import UtcMillis

ClaimType = Literal["product_defect", "delivery_issue", "billing_error", "service_complaint"]
Urgency = Literal["low", "medium", "high", "critical"]


class Payload(BaseModel):
    """Base of everything inside an event: immutable, tolerant of fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CustomerContext(Payload):
    """How to reach the customer, as known when the claim was made."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: Literal["fr", "en"] = "fr"
    source: str | None = Field(default=None, description="Where it was read; `simulated` in degraded mode")


class OrderItem(Payload):
    """One line of the order."""

    product_id: str | None = None
    product_name: str | None = None
    quantity: int | None = None
    unit_price: float | None = None


class OrderContext(Payload):
    """The order that the claim is about, as known when the claim was made."""

    id: str | None = None
    customer_id: str | None = None
    status: str | None = None
    total_amount: float | None = None
    items: tuple[OrderItem, ...] = ()
    created_at: UtcMillis | None = None
    source: str | None = Field(default=None, description="Where it was read; `simulated` in degraded mode")
    orders_total: int | None = Field(default=None, description="How many orders the order system had by then")


class ReclamationCreee(Payload):
    """A customer made a claim."""

    customer_id: str
    claim_type: ClaimType
    description: str
    product_id: str | None = None
    order_id: str | None = None
    urgency: Urgency = "medium"
    channel: str | None = None
    customer: CustomerContext | None = None
    order: OrderContext | None = None


class ReclamationAffectee(Payload):
    """The claim was given to a support agent, for the first time or instead of another."""

    agent_id: str
    agent_name: str | None = None
    agent_email: str | None = None
    assignment_reason: str | None = None
    estimated_resolution_time: UtcMillis | None = None


class ReclamationEnCours(Payload):
    """The agent began to work on the claim."""

    agent_id: str


class ReclamationResolue(Payload):
    """A resolution was proposed."""

    resolution: str
    resolution_type: str | None = None
    customer_satisfaction: str | None = None
    follow_up_required: bool = False
    replacement_tracking: str | None = None


class ReclamationCloturee(Payload):
    """The claim is over."""

    reason: str | None = None


class ReclamationEnrichie(Payload):
    """The order and customer systems told the context that a claim was made without.

    An event of the claim's context, an aggregate of its own (`envelope.context_id_of`): what other systems say, and
    when, moves no claim's version. `customer_id` is set where the claim was made under a stand-in for it.
    """

    claim_id: str
    customer_id: str | None = None
    customer: CustomerContext | None = None
    order: OrderContext | None = None
