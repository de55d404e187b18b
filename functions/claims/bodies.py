"""The bodies of the command side's requests, and the commands they ask for."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, StrictBool

from claim_domain import AssignClaim, CloseClaim, CreateClaim, ResolveClaim
from envelope import ClaimType, CustomerContext, OrderContext, Urgency
from functions.claims.fields import Amount, Email, Id, Line, Moment, Phone, Quantity, Text

BATCH_COUNT_MAX = 500
ORDER_ITEMS_MAX = 200


class Body(BaseModel):
    """Base of every body: a field we do not know is refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CustomerBody(Body):
    """How to reach the customer."""

    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    language: Literal["fr", "en"] = "fr"
    source: Line | None = None


class OrderItemBody(Body):
    """One line of the order."""

    product_id: Id | None = None
    product_name: Line | None = None
    quantity: Quantity | None = None
    unit_price: Amount | None = None


class OrderBody(Body):
    """The order that the claim is about, as the caller knows it."""

    id: Id | None = None
    customer_id: Id | None = None
    status: Line | None = None
    total_amount: Amount | None = None
    items: tuple[OrderItemBody, ...] = Field(default=(), max_length=ORDER_ITEMS_MAX)
    created_at: Moment | None = None
    source: Line | None = None
    orders_total: Quantity | None = None


class CreateBody(Body):
    """A new claim."""

    customer_id: Id
    claim_type: ClaimType
    description: Text
    product_id: Id | None = None
    order_id: Id | None = None
    urgency: Urgency = "medium"
    channel: Line | None = None
    customer: CustomerBody | None = None
    order: OrderBody | None = None

    def to_command(self) -> CreateClaim:
        """The command that this body asks for."""
        return CreateClaim(
            customer_id=self.customer_id,
            claim_type=self.claim_type,
            description=self.description,
            urgency=self.urgency,
            product_id=self.product_id,
            order_id=self.order_id,
            channel=self.channel,
            customer=CustomerContext.model_validate(self.customer.model_dump()) if self.customer else None,
            order=OrderContext.model_validate(self.order.model_dump()) if self.order else None,
        )


class AssignBody(Body):
    """The agent who takes the claim."""

    agent_id: Id
    agent_name: Line | None = None
    agent_email: Email | None = None
    assignment_reason: Text | None = None
    estimated_resolution_time: Moment | None = None

    def to_command(self) -> AssignClaim:
        """The command that this body asks for."""
        return AssignClaim(**dict(self))


class StartBody(Body):
    """Nothing needs to be said."""


class ResolveBody(Body):
    """The resolution that is proposed."""

    resolution: Text
    resolution_type: Line | None = None
    customer_satisfaction: Line | None = None
    follow_up_required: StrictBool = False
    replacement_tracking: Line | None = None

    def to_command(self) -> ResolveClaim:
        """The command that this body asks for."""
        return ResolveClaim(**dict(self))


class CloseBody(Body):
    """Why the claim ends."""

    reason: Text | None = None

    def to_command(self) -> CloseClaim:
        """The command that this body asks for."""
        return CloseClaim(reason=self.reason)


def _claims_of(value: Any) -> Any:
    """`{"claims": […]}` or the bare list."""
    if isinstance(value, dict):
        if set(value) != {"claims"}:
            raise ValueError('must be a list of claims or {"claims": […]}')
        return value["claims"]
    return value


class BatchBody(
    RootModel[Annotated[list[Any], Field(min_length=1, max_length=BATCH_COUNT_MAX), BeforeValidator(_claims_of)]]
):
    """New claims, each validated by itself as a `CreateBody`."""
