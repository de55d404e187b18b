"""What the read routes answer."""

import html
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, RootModel

from repositories.ports.read_model_reader import MARK_END, MARK_START, ClaimFilters, Match, Summary
from repositories.ports.read_model_rows import (
    AgentStats,
    ChannelStats,
    ClaimSummary,
    ClaimTypeStats,
    CustomerStats,
    OrderStatusStats,
    OrderTotals,
    ProductStats,
    ProjectedClaim,
)


class ClaimsPage(BaseModel):
    """One page of claims. `count` is that of the page; `next_cursor` is null on the last one."""

    claims: list[ClaimSummary]
    count: int
    limit: int
    offset: int
    next_cursor: str | None
    filters: dict[str, Any]


class ClaimView(RootModel[ProjectedClaim]):
    """A claim with its history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClaim(ClaimSummary):
    """A claim that a search found. `highlight` is HTML: escaped text with `<mark>` around what matched."""

    highlight: str
    score: float


class SearchPage(BaseModel):
    """One page of a search, best first; at most the 1,000 newest matches are ranked."""

    search_term: str
    claims: list[FoundClaim]
    count: int
    next_cursor: str | None
    filters: dict[str, Any]


class CustomerStatsPage(BaseModel):
    """Statistics by customer, most claims first."""

    customer_stats: list[CustomerStats]
    count: int
    next_cursor: str | None


class AgentStatsPage(BaseModel):
    """Statistics by agent, most claims first."""

    agent_stats: list[AgentStats]
    count: int
    next_cursor: str | None


class ProductStatsPage(BaseModel):
    """Statistics by product, most claims first."""

    product_stats: list[ProductStats]
    count: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStats:
    """Claims beside orders. Statuses and channels are those with the most claims, a hundred at most.

    A claim counts as `unknown` where it names an order of which the order system told no status, or where it came in
    by a channel that nobody told. `claims_per_hundred_orders` has 2 decimals, and is null where the order system never
    told how many orders it has.
    """

    by_order_status: list[OrderStatusStats]
    by_channel: list[ChannelStats]
    claims_with_order: int
    orders_with_claims: int
    orders_total: int | None
    orders_total_at: datetime | None
    claims_per_hundred_orders: float | None


class OrderStatsView(RootModel[OrderStats]):
    """Claims beside orders."""


class ClaimTypeStatsList(BaseModel):
    """Statistics by claim type."""

    claim_type_stats: list[ClaimTypeStats]
    count: int


class AllStats(BaseModel):
    """All statistics at once; of customers, agents and products the hundred with the most claims."""

    summary: Summary
    customer_stats: list[CustomerStats]
    agent_stats: list[AgentStats]
    claim_type_stats: list[ClaimTypeStats]
    product_stats: list[ProductStats]
    order_stats: OrderStats


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What happened on one day (UTC, `2025-07-08`)."""

    day: str
    created: int
    resolved: int
    closed: int


class Dashboard(BaseModel):
    """What a supervisor sees first."""

    summary: Summary
    recent_claims: list[ClaimSummary]
    top_customers: list[CustomerStats]
    top_agents: list[AgentStats]
    claim_type_breakdown: list[ClaimTypeStats]
    trends: list[Trend] = Field(description="The last 30 days, oldest first, those without claims too")


def found_claim(match: Match) -> FoundClaim:
    """A match as the API shows it."""
    fields = {name: getattr(match.claim, name) for name in ClaimSummary.__dataclass_fields__}
    return FoundClaim(**fields, highlight=marked_html(match.highlight), score=match.score)


def claims_per_hundred_orders(totals: OrderTotals) -> float | None:
    """Claims about an order beside all orders there were when the order system told their number last."""
    if not totals.orders_total or totals.orders_total < 0:
        return None
    return round(100 * totals.claims_with_order / totals.orders_total, 2)


def marked_html(highlight: str) -> str:
    """The excerpt as HTML that is safe to insert: a description is a customer's text."""
    return html.escape(highlight).replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")


def shown_filters(filters: ClaimFilters) -> dict[str, Any]:
    """The filters that are set."""
    return {name: value for name, value in asdict(filters).items() if value is not None}
