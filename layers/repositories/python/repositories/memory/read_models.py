"""The read models in memory: writer and reader on one set of dictionaries."""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from repositories.memory.text_search import find
from repositories.ports.read_model_reader import (
    SEARCH_MATCHES_MAX,
    STUCK_SECONDS,
    Checkpoint,
    ClaimFilters,
    ClaimPage,
    Match,
    RecordCounts,
    SearchKey,
    StatsPage,
    Summary,
    sort_value,
)
from repositories.ports.read_model_rows import (
    AgentStats,
    ChannelStats,
    ClaimRow,
    ClaimSummary,
    ClaimTypeStats,
    CustomerStats,
    DayTrend,
    OrderStatusStats,
    OrderTotals,
    ProductStats,
    ProjectedClaim,
)
from repositories.ports.read_model_writer import (
    AgentDelta,
    ClaimTypeDelta,
    CounterDeltas,
    CustomerDelta,
    DayDelta,
    FailedPosition,
    ProductDelta,
    ReadModelChanges,
    ReadModelTransaction,
    TotalDelta,
)

Result = TypeVar("Result")
Delta = TypeVar("Delta", CustomerDelta, AgentDelta, ClaimTypeDelta, DayDelta, ProductDelta, TotalDelta)
Key = TypeVar("Key", str, date)
Stats = TypeVar("Stats", CustomerStats, AgentStats, ProductStats)

_NAMES = frozenset({"product_name", "named_at"})  # told, not summed


@dataclass
class Tables:
    """All that is stored. `counters` holds sums of deltas, which is what counters are."""

    claims: dict[str, ClaimRow] = field(default_factory=dict)
    counters: CounterDeltas = field(default_factory=CounterDeltas)
    projected_at: dict[str, datetime] = field(default_factory=dict)
    gaps: dict[int, datetime] = field(default_factory=dict)
    high_position: int = 0
    updated_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


class MemoryReadModels:
    """A ReadModelWriter and a ReadModelReader. `now` tells since when a gap is open."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tables = Tables()
        self._now = now

    def in_transaction(self, work: Callable[[ReadModelTransaction], Result]) -> Result:
        """See ReadModelWriter. The work is done on a copy, which takes the tables' place at the commit."""
        changed = deepcopy(self._tables)
        result = work(_Transaction(changed, self._now()))
        self._tables = changed
        return result

    def claims(self, filters: ClaimFilters, page: ClaimPage) -> list[ClaimSummary]:
        """See ReadModelReader."""
        descending = page.sort.startswith("-")
        found = sorted(self._filtered(filters), key=lambda row: _place(row, page), reverse=descending)
        if page.after is not None:
            end = (page.after.value, page.after.created_at, page.after.claim_id)
            found = [row for row in found if (_place(row, page) < end if descending else _place(row, page) > end)]
        return [_summary(row) for row in found[page.offset : page.offset + page.limit]]

    def claim(self, claim_id: str) -> ProjectedClaim | None:
        """See ReadModelReader."""
        row = self._tables.claims.get(claim_id)
        if row is None:
            return None
        values = {name: getattr(row, name) for name in row.__dataclass_fields__}
        return ProjectedClaim(**values, projected_at=self._tables.projected_at[claim_id])

    def search(
        self, words: Sequence[str], filters: ClaimFilters, limit: int, offset: int = 0, after: SearchKey | None = None
    ) -> list[Match]:
        """See ReadModelReader. Endings are cut off plainly; the real store has a stemmer."""
        newest = sorted(self._filtered(filters), key=lambda row: (row.created_at, row.claim_id), reverse=True)
        kind = after.kind if after else None
        matches = find(words, [_summary(row) for row in newest], kind)[:SEARCH_MATCHES_MAX]
        matches.sort(key=_score_place, reverse=True)
        if after is not None:
            end = (after.score, after.created_at, after.claim_id)
            matches = [match for match in matches if _score_place(match) < end]
        return matches[offset : offset + limit]

    def customer_stats(self, page: StatsPage, customer_id: str | None = None) -> list[CustomerStats]:
        """See ReadModelReader."""
        counters = self._tables.counters.customers
        rows = [
            CustomerStats(customer_id=key, **_values(delta))
            for key, delta in counters.items()
            if customer_id in (None, key) and delta.total_claims
        ]
        return _stats_page(rows, page, lambda row: (-row.total_claims, row.customer_id))

    def agent_stats(self, page: StatsPage, agent_id: str | None = None) -> list[AgentStats]:
        """See ReadModelReader."""
        counters = self._tables.counters.agents
        rows = [_agent_stats(key, delta) for key, delta in counters.items() if agent_id in (None, key)]
        return _stats_page(rows, page, lambda row: (-row.total_assigned, row.agent_id))

    def claim_type_stats(self, claim_type: str | None = None) -> list[ClaimTypeStats]:
        """See ReadModelReader."""
        counters = sorted(self._tables.counters.claim_types.items())
        return [
            ClaimTypeStats(claim_type=key, **_values(delta)) for key, delta in counters if claim_type in (None, key)
        ]

    def product_stats(self, page: StatsPage, product_id: str | None = None) -> list[ProductStats]:
        """See ReadModelReader."""
        counters = self._tables.counters.products
        rows = [
            _product_stats(key, delta)
            for key, delta in counters.items()
            if product_id in (None, key) and delta.total_claims
        ]
        return _stats_page(rows, page, lambda row: (-row.total_claims, row.product_id))

    def order_status_stats(self, limit: int) -> list[OrderStatusStats]:
        """See ReadModelReader."""
        counted = _most_first(self._tables.counters.order_statuses)
        return [OrderStatusStats(order_status=key, total_claims=total) for key, total in counted[:limit]]

    def channel_stats(self, limit: int) -> list[ChannelStats]:
        """See ReadModelReader."""
        counted = _most_first(self._tables.counters.channels)
        return [ChannelStats(channel=key, total_claims=total) for key, total in counted[:limit]]

    def order_totals(self) -> OrderTotals:
        """See ReadModelReader."""
        counters = self._tables.counters
        known = counters.orders_total
        return OrderTotals(
            claims_with_order=sum(one.total_claims for one in counters.order_statuses.values()),
            orders_with_claims=_with_claims(counters.orders),
            orders_total=known.orders_total if known else None,
            orders_total_at=known.told_at if known else None,
        )

    def summary(self) -> Summary:
        """See ReadModelReader."""
        types = self._tables.counters.claim_types.values()
        return Summary(
            total_claims=sum(one.total_claims for one in types),
            active_claims=sum(one.created + one.assigned + one.in_progress for one in types),
            resolved_claims=sum(one.resolved for one in types),
            closed_claims=sum(one.closed for one in types),
        )

    def trends(self, since: date) -> list[DayTrend]:
        """See ReadModelReader."""
        days = sorted(self._tables.counters.days.items())
        return [DayTrend(day=day, **_values(delta)) for day, delta in days if day >= since]

    def record_counts(self) -> RecordCounts:
        """See ReadModelReader."""
        counters = self._tables.counters
        return RecordCounts(
            claims=len(self._tables.claims),
            customers=_with_claims(counters.customers),
            agents=len(counters.agents),
            claim_types=len(counters.claim_types),
            products=_with_claims(counters.products),
            orders=_with_claims(counters.orders),
        )

    def checkpoint(self) -> Checkpoint:
        """See ReadModelReader."""
        tables = self._tables
        return Checkpoint(
            high_position=tables.high_position,
            low_position=min(tables.gaps) - 1 if tables.gaps else tables.high_position,
            gap_count=len(tables.gaps),
            updated_at=tables.updated_at,
            last_error=tables.last_error,
            last_error_at=tables.last_error_at,
        )

    def has_position(self, position: int) -> bool:
        """See ReadModelReader."""
        fresh_since = self._now() - timedelta(seconds=STUCK_SECONDS)
        waiting = (
            gap == position or noticed_at > fresh_since
            for gap, noticed_at in self._tables.gaps.items()
            if gap <= position
        )
        return self._tables.high_position >= position and not any(waiting)

    def ping(self) -> None:
        """See ReadModelReader. Memory is always there."""

    def _filtered(self, filters: ClaimFilters) -> list[ClaimRow]:
        return [row for row in self._tables.claims.values() if _passes(row, filters)]


class _Transaction:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self._tables = tables
        self._now = now

    def lock_claims(self, claim_ids: Collection[str]) -> Mapping[str, ClaimRow]:
        return {key: self._tables.claims[key] for key in claim_ids if key in self._tables.claims}

    def save(self, changes: ReadModelChanges) -> None:
        self._tables.claims |= {row.claim_id: row for row in changes.rows}
        self._tables.projected_at |= {row.claim_id: self._now for row in changes.rows}
        counters, deltas = self._tables.counters, changes.deltas
        _add(counters.customers, deltas.customers, CustomerDelta)
        _add(counters.agents, deltas.agents, AgentDelta)
        _add(counters.claim_types, deltas.claim_types, ClaimTypeDelta)
        _add(counters.days, deltas.days, DayDelta)
        _add(counters.products, deltas.products, ProductDelta)
        _add(counters.orders, deltas.orders, TotalDelta)
        _add(counters.order_statuses, deltas.order_statuses, TotalDelta)
        _add(counters.channels, deltas.channels, TotalDelta)
        known = (counters.orders_total, deltas.orders_total)
        counters.orders_total = max((one for one in known if one is not None), default=None)
        self._settle(set(changes.applied), changes.failed)

    def _settle(self, applied: set[int], failed: Sequence[FailedPosition]) -> None:
        tables = self._tables
        failed_positions = {one.position for one in failed}
        high = max((tables.high_position, *applied, *failed_positions))
        missing = (set(range(tables.high_position + 1, high + 1)) - applied) | failed_positions
        for position in missing:
            tables.gaps.setdefault(position, self._now)
        for position in applied:
            tables.gaps.pop(position, None)
        tables.high_position = high
        tables.updated_at = self._now
        if failed:
            tables.last_error, tables.last_error_at = failed[-1].reason, self._now


def _add(totals: dict[Key, Delta], deltas: Mapping[Key, Delta], new: Callable[[], Delta]) -> None:
    for key, delta in deltas.items():
        total = totals.setdefault(key, new())
        if isinstance(total, ProductDelta) and isinstance(delta, ProductDelta):
            _take_name(total, delta)
        for name in delta.__dataclass_fields__.keys() - _NAMES:
            setattr(total, name, _sum(getattr(total, name), getattr(delta, name)))


def _take_name(total: ProductDelta, delta: ProductDelta) -> None:
    if delta.product_name is not None and delta.named_at is not None:
        total.take_name(delta.product_name, delta.named_at)


def _sum(total: int | datetime | None, change: int | datetime | None) -> int | datetime | None:
    if isinstance(total, int) and isinstance(change, int):
        return total + change
    times = [moment for moment in (total, change) if isinstance(moment, datetime)]
    return max(times, default=None)


def _values(delta: CustomerDelta | ClaimTypeDelta | DayDelta) -> dict[str, Any]:
    return {name: getattr(delta, name) for name in delta.__dataclass_fields__}


def _agent_stats(agent_id: str, delta: AgentDelta) -> AgentStats:
    return AgentStats(
        agent_id=agent_id,
        total_assigned=delta.total_assigned,
        active_claims=delta.active_claims,
        resolved_claims=delta.resolved_claims,
        mean_resolution_seconds=delta.resolution_ms_sum / delta.resolved_claims / 1000
        if delta.resolved_claims
        else None,
        last_assignment_date=delta.last_assignment_date,
    )


def _product_stats(product_id: str, delta: ProductDelta) -> ProductStats:
    return ProductStats(
        product_id=product_id,
        product_name=delta.product_name,
        total_claims=delta.total_claims,
        active_claims=delta.active_claims,
        resolved_claims=delta.resolved_claims,
        closed_claims=delta.closed_claims,
    )


def _most_first(totals: Mapping[str, TotalDelta]) -> list[tuple[str, int]]:
    counted = ((key, delta.total_claims) for key, delta in totals.items() if delta.total_claims)
    return sorted(counted, key=lambda one: (-one[1], one[0]))


def _with_claims(totals: Mapping[str, CustomerDelta] | Mapping[str, ProductDelta] | Mapping[str, TotalDelta]) -> int:
    return sum(1 for delta in totals.values() if delta.total_claims)


def _stats_page(rows: list[Stats], page: StatsPage, place: Callable[[Stats], tuple[int, str]]) -> list[Stats]:
    ordered = sorted(rows, key=place)
    if page.after is not None:
        end = (-page.after.total, page.after.id)
        ordered = [row for row in ordered if place(row) > end]
    return ordered[page.offset : page.offset + page.limit]


def _passes(row: ClaimRow, filters: ClaimFilters) -> bool:
    equal = ("status", "customer_id", "agent_id", "claim_type", "urgency", "product_id", "order_id")
    if any(getattr(filters, name) not in (None, getattr(row, name)) for name in equal):
        return False
    after_start = filters.created_from is None or row.created_at >= filters.created_from
    return after_start and (filters.created_to is None or row.created_at < filters.created_to)


def _place(row: ClaimRow, page: ClaimPage) -> tuple[object, datetime, str]:
    return (sort_value(row, page.sort), row.created_at, row.claim_id)


def _score_place(match: Match) -> tuple[float, datetime, str]:
    return (match.score, match.claim.created_at, match.claim.claim_id)


def _summary(row: ClaimRow) -> ClaimSummary:
    return ClaimSummary(**{one.name: getattr(row, one.name) for one in fields(ClaimSummary)})
