"""What may be asked of a claim. A command may be refused."""

from dataclasses import dataclass
from datetime import datetime

from envelope import ClaimType, CustomerContext, OrderContext, Urgency


@dataclass(frozen=True, slots=True)
class CreateClaim:
    """Open a claim."""

    customer_id: str
    claim_type: ClaimType
    description: str
    urgency: Urgency = "medium"
    product_id: str | None = None
    order_id: str | None = None
    channel: str | None = None
    customer: CustomerContext | None = None
    order: OrderContext | None = None


@dataclass(frozen=True, slots=True)
class AssignClaim:
    """Give the claim to an agent, or to another one."""

    agent_id: str
    agent_name: str | None = None
    agent_email: str | None = None
    assignment_reason: str | None = None
    estimated_resolution_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartClaim:
    """Begin to work on the claim."""


@dataclass(frozen=True, slots=True)
class ResolveClaim:
    """Propose a resolution."""

    resolution: str
    resolution_type: str | None = None
    customer_satisfaction: str | None = None
    follow_up_required: bool = False
    replacement_tracking: str | None = None


@dataclass(frozen=True, slots=True)
class CloseClaim:
    """End the claim."""

    reason: str | None = None


ClaimCommand = CreateClaim | AssignClaim | StartClaim | ResolveClaim | CloseClaim
