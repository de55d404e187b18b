"""What stands in the read models. Times are aware UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

STATUSES = ("created", "assigned", "in_progress", "resolved", "closed")
ACTIVE_STATUSES = frozenset({"created", "assigned", "in_progress"})
URGENCIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSummary:
    """A claim as lists show it: all that its events said, but for the order and the history.

    `version` is that of the claim's last event folded in; `position` is the highest place in `events:all` of its events
    and of its context's. `order_status` is where the order stood when it was told, None where nobody but us told it.
    `enriched_at` is when the context was learnt that the claim was made without.
    """

    claim_id: str
    version: int
    position: int
    status: str
    customer_id: str
    customer_name: str | None = None
    claim_type: str
    description: str
    urgency: str
    product_id: str | None = None
    order_id: str | None = None
    order_status: str | None = None
    channel: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    assignment_reason: str | None = None
    estimated_resolution_time: datetime | None = None
    resolution: str | None = None
    resolution_type: str | None = None
    customer_satisfaction: str | None = None
    follow_up_required: bool | None = None
    replacement_tracking: str | None = None
    close_reason: str | None = None
    created_at: datetime
    updated_at: datetime
    assigned_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    enriched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow(ClaimSummary):
    """A row of `claim_read_models`.

    `order` is what the claim's creation told of it or, where that told nothing real, its context; `context_event_id` is
    the context's event. `history` has one JSON-ready entry an event of the claim, oldest first, entry n being version
    n + 1. The customer's address and phone number are not here: reading claims needs neither.
    """

    order: dict[str, Any] | None = None
    history: tuple[dict[str, Any], ...] = ()
    context_event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedClaim(ClaimRow):
    """A row as it is read: `projected_at` is when the store wrote it, by the store's clock."""

    projected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerStats:
    """A row of `customer_stats_read_models`; total = active + resolved + closed."""

    customer_id: str
    total_claims: int
    active_claims: int
    resolved_claims: int
    closed_claims: int
    last_claim_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStats:
    """A row of `agent_stats_read_models`: the claims that are this agent's now.

    `resolved_claims` counts those closed since, too. The mean goes from the assignment to the resolution; None while
    nothing is resolved. `last_assignment_date` stays when the claim went to another agent.
    """

    agent_id: str
    total_assigned: int
    active_claims: int
    resolved_claims: int
    mean_resolution_seconds: float | None
    last_assignment_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTypeStats:
    """A row of `claim_type_stats_read_models`: a count a status."""

    claim_type: str
    total_claims: int
    created: int
    assigned: int
    in_progress: int
    resolved: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStats:
    """A row of `product_stats_read_models`; total = active + resolved + closed.

    `product_name` is how an order called the product last; None where no order told it.
    """

    product_id: str
    product_name: str | None
    total_claims: int
    active_claims: int
    resolved_claims: int
    closed_claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusStats:
    """How many claims are about an order that stood there when it was told; `unknown`: nobody told it."""

    order_status: str
    total_claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStats:
    """How many claims came in this way; `unknown`: nobody told it."""

    channel: str
    total_claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTotals:
    """Claims beside orders.

    `claims_with_order` counts the claims that name an order, `orders_with_claims` the orders that they name.
    `orders_total` is how many orders the order system had at `orders_total_at`; both None where it never told.
    """

    claims_with_order: int
    orders_with_claims: int
    orders_total: int | None
    orders_total_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTrend:
    """How many claims were created, resolved and closed on one day (UTC)."""

    day: date
    created: int
    resolved: int
    closed: int
