"""The reading side of the read models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, get_args

from repositories.ports.read_model_rows import (
    URGENCIES,
    AgentStats,
    ChannelStats,
    ClaimSummary,
    ClaimTypeStats,
    CustomerStats,
    DayTrend,
    OrderStatusStats,
    OrderTotals,
    ProductStats,
    ProjectedClaim,
)

Sort = Literal["created_at", "-created_at", "updated_at", "-updated_at", "urgency", "-urgency"]
SORTS: tuple[Sort, ...] = get_args(Sort)

SEARCH_MATCHES_MAX = 1_000  # the newest matches are ranked; ranking all of a million claims takes 200 ms

STUCK_SECONDS = 10.0  # far beyond a redelivery's first waits, far below the time until a person looks

MARK_START, MARK_END = "\ue000", "\ue001"
"""Private-use characters around a match in a highlight, so that whoever shows it can escape the text first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFilters:
    """Which claims: every one that is not None must hold. `created_from` is included, `created_to` is not."""

    status: str | None = None
    customer_id: str | None = None
    agent_id: str | None = None
    claim_type: str | None = None
    urgency: str | None = None
    product_id: str | None = None
    order_id: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimKey:
    """Where a page ended: its last row's sort value (a time, or the urgency's rank 0 to 3) and what breaks ties."""

    value: datetime | int
    created_at: datetime
    claim_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPage:
    """Which part of a list: after a key (keyset) or from an offset."""

    sort: Sort = "-created_at"
    limit: int = 100
    offset: int = 0
    after: ClaimKey | None = None


MatchKind = Literal["text", "similar"]


@dataclass(frozen=True, slots=True)
class SearchKey:
    """Where a page of a search ended; `kind` says how its matches were found."""

    kind: MatchKind
    score: float
    created_at: datetime
    claim_id: str


@dataclass(frozen=True, slots=True)
class Match:
    """A claim that was found. `highlight` is an excerpt with the matches between MARK_START and MARK_END."""

    claim: ClaimSummary
    kind: MatchKind
    score: float
    highlight: str


@dataclass(frozen=True, slots=True)
class StatsKey:
    """Where a page of statistics ended: they are ordered by their total, largest first, then by id."""

    total: int
    id: str


@dataclass(frozen=True, slots=True)
class StatsPage:
    """Which part of a list of statistics."""

    limit: int = 100
    offset: int = 0
    after: StatsKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All claims; total = active + resolved + closed."""

    total_claims: int
    active_claims: int
    resolved_claims: int
    closed_claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """How many rows each read model has. A customer, product or order that no claim has any more is not counted."""

    claims: int
    customers: int
    agents: int
    claim_types: int
    products: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far the projection is.

    Everything up to `low_position` is applied; up to `high_position` everything but `gap_count` events. Both are 0
    before the first event. `last_error` is why the last batch with a failure had one.
    """

    high_position: int
    low_position: int
    gap_count: int
    updated_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


class ReadModelReader(Protocol):
    """Every method raises StoreUnavailableError where the store does not answer in time."""

    def claims(self, filters: ClaimFilters, page: ClaimPage) -> list[ClaimSummary]:
        """A page of the claims, ordered by the sort, ties by creation and id in the same direction."""

    def claim(self, claim_id: str) -> ProjectedClaim | None:
        """One claim with its history."""

    def search(
        self, words: Sequence[str], filters: ClaimFilters, limit: int, offset: int = 0, after: SearchKey | None = None
    ) -> list[Match]:
        """Claims whose text has every word (or one that begins with it), best first.

        Accents, case and French endings do not count. Where no claim has them, claims with words that are spelt much
        alike (`kind` "similar"). The best of the SEARCH_MATCHES_MAX newest matches are found, no more.
        """

    def customer_stats(self, page: StatsPage, customer_id: str | None = None) -> list[CustomerStats]:
        """By total claims, most first; with an id, that customer's or nothing.

        A customer without claims is not there: one who stood in for another had some before.
        """

    def agent_stats(self, page: StatsPage, agent_id: str | None = None) -> list[AgentStats]:
        """By total assigned, most first; with an id, that agent's or nothing."""

    def claim_type_stats(self, claim_type: str | None = None) -> list[ClaimTypeStats]:
        """By claim type; with one, that type's or nothing."""

    def product_stats(self, page: StatsPage, product_id: str | None = None) -> list[ProductStats]:
        """By total claims, most first; with an id, that product's or nothing."""

    def order_status_stats(self, limit: int) -> list[OrderStatusStats]:
        """By total claims, most first."""

    def channel_stats(self, limit: int) -> list[ChannelStats]:
        """By total claims, most first."""

    def order_totals(self) -> OrderTotals:
        """Claims beside orders."""

    def summary(self) -> Summary:
        """All claims, from the counters."""

    def trends(self, since: date) -> list[DayTrend]:
        """The days from `since` (UTC) on which something happened, oldest first."""

    def record_counts(self) -> RecordCounts:
        """How many rows there are; the claims from the counters."""

    def checkpoint(self) -> Checkpoint:
        """How far the projection is."""

    def has_position(self, position: int) -> bool:
        """Whether the event at `position` is in the read models, and every one before it.

        An event that has been missing for STUCK_SECONDS does not count but for itself: it is parked or waits behind a
        parked one, and would keep everybody waiting for as long as nobody looks at it.
        """

    def ping(self) -> None:
        """Raise StoreUnavailableError where the store does not answer, or has not all it needs."""


def sort_value(claim: ClaimSummary, sort: Sort) -> datetime | int:
    """The value of a claim that `sort` orders by, as ClaimKey holds it."""
    match sort.removeprefix("-"):
        case "urgency":
            return URGENCIES.index(claim.urgency)
        case "updated_at":
            return claim.updated_at
        case _:
            return claim.created_at
