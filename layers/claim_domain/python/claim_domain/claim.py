"""What a claim is at one version."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from envelope import ClaimType, CustomerContext, OrderContext, Urgency


class ClaimStatus(StrEnum):
    """created → assigned → in_progress → resolved → closed"""

    CREATED = "created"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Claim:
    """The state that follows from a claim's events 1 to `version`. Times are UTC."""

    claim_id: str
    version: int
    status: ClaimStatus
    customer_id: str
    claim_type: ClaimType
    description: str
    urgency: Urgency
    product_id: str | None
    order_id: str | None
    channel: str | None
    customer: CustomerContext | None
    order: OrderContext | None
    created_at: datetime
    updated_at: datetime
    agent_id: str | None = None
    agent_name: str | None = None
    assignment_reason: str | None = None
    estimated_resolution_time: datetime | None = None
    assigned_at: datetime | None = None
    started_at: datetime | None = None
    resolution: str | None = None
    resolution_type: str | None = None
    customer_satisfaction: str | None = None
    follow_up_required: bool | None = None
    replacement_tracking: str | None = None
    resolved_at: datetime | None = None
    close_reason: str | None = None
    closed_at: datetime | None = None
