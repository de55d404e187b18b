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

    `version` is that of the last event folded in, `position` its place in `events:all`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow(ClaimSummary):
    """A row of `claim_read_models`.

    `order` is the context that the claim's creation told; `history` has one JSON-ready entry an event, oldest first,
    entry n being version n + 1. The customer's address and phone number are not here: reading claims needs neither.
    """

    order: dict[str, Any] | None = None
    history: tuple[dict[str, Any], ...] = ()


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
class DayTrend:
    """How many claims were created, resolved and closed on one day (UTC)."""

    day: date
    created: int
    resolved: int
    closed: int
