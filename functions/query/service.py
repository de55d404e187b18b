"""The read side's use cases: ask the read models, wait for them where the caller wants, shape pages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from envelope.errors import NotFoundError
from functions.query import paging
from functions.query.freshness import Clock, wait_for
from functions.query.parameters import AgentStatsQuery, CustomerStatsQuery, ProductStatsQuery, SearchQuery, SortedQuery
from functions.query.views import (
    AgentStatsPage,
    AllStats,
    ClaimsPage,
    ClaimTypeStatsList,
    CustomerStatsPage,
    Dashboard,
    OrderStats,
    ProductStatsPage,
    SearchPage,
    Trend,
    claims_per_hundred_orders,
    found_claim,
    shown_filters,
)
from metrics.catalog import QUERIES_EXECUTED, QUERY_DURATION
from repositories.ports.read_model_reader import ClaimFilters, ClaimPage, ReadModelReader, StatsPage
from repositories.ports.read_model_rows import ClaimTypeStats, DayTrend, ProjectedClaim

RECENT_COUNT = 10
TOP_COUNT = 5
TREND_DAYS = 30
STATS_COUNT_MAX = 100


class QueryService:
    """Each method raises NotYetError where `min_position` is too far off, and StoreUnavailableError."""

    def __init__(self, reader: ReadModelReader, now: Callable[[], datetime], clock: Clock | None = None) -> None:
        self._reader = reader
        self._now = now
        self._clock = clock or Clock()

    def claims(self, query: SortedQuery, filters: ClaimFilters, query_type: str = "claims") -> ClaimsPage:
        """A page of a list. Raises InvalidError for a cursor that no list with this sort gave out."""
        after = paging.claims_key(query.cursor, query.sort)
        page = ClaimPage(sort=query.sort, limit=query.limit + 1, offset=query.offset, after=after)
        with self._query(query_type, query.min_position):
            found = self._reader.claims(filters, page)
        shown = found[: query.limit]
        return ClaimsPage(
            claims=shown,
            count=len(shown),
            limit=query.limit,
            offset=query.offset,
            next_cursor=paging.claims_cursor(shown[-1], query.sort) if len(found) > query.limit else None,
            filters=shown_filters(filters),
        )

    def claim(
        self, claim_id: str, min_position: int | None, is_visible: Callable[[str], bool] = lambda _: True
    ) -> ProjectedClaim:
        """One claim with its history. Raises NotFoundError, also where its customer's claims are not to be seen."""
        with self._query("claim", min_position):
            found = self._reader.claim(claim_id)
        if found is None or not is_visible(found.customer_id):
            raise NotFoundError(f"there is no claim {claim_id}")
        return found

    def search(self, query: SearchQuery, filters: ClaimFilters) -> SearchPage:
        """A page of a search. Raises InvalidError for a cursor that no search gave out, and a term without words."""
        words, after = query.words(), paging.search_key(query.cursor)
        with self._query("search", query.min_position):
            found = self._reader.search(words, filters, query.limit + 1, query.offset, after)
        shown = found[: query.limit]
        return SearchPage(
            search_term=query.q,
            claims=[found_claim(match) for match in shown],
            count=len(shown),
            next_cursor=paging.search_cursor(shown[-1]) if len(found) > query.limit else None,
            filters=shown_filters(filters),
        )

    def customer_stats(self, query: CustomerStatsQuery) -> CustomerStatsPage:
        """A page, or the one customer asked for."""
        page = StatsPage(query.limit + 1, query.offset, paging.stats_key(query.cursor))
        with self._query("customer_stats", query.min_position):
            found = self._reader.customer_stats(page, query.customer_id)
        shown = found[: query.limit]
        more = len(found) > query.limit
        cursor = paging.stats_cursor(shown[-1].total_claims, shown[-1].customer_id) if more else None
        return CustomerStatsPage(customer_stats=shown, count=len(shown), next_cursor=cursor)

    def agent_stats(self, query: AgentStatsQuery) -> AgentStatsPage:
        """A page, or the one agent asked for."""
        page = StatsPage(query.limit + 1, query.offset, paging.stats_key(query.cursor))
        with self._query("agent_stats", query.min_position):
            found = self._reader.agent_stats(page, query.agent_id)
        shown = found[: query.limit]
        more = len(found) > query.limit
        cursor = paging.stats_cursor(shown[-1].total_assigned, shown[-1].agent_id) if more else None
        return AgentStatsPage(agent_stats=shown, count=len(shown), next_cursor=cursor)

    def product_stats(self, query: ProductStatsQuery) -> ProductStatsPage:
        """A page, or the one product asked for."""
        page = StatsPage(query.limit + 1, query.offset, paging.stats_key(query.cursor))
        with self._query("product_stats", query.min_position):
            found = self._reader.product_stats(page, query.product_id)
        shown = found[: query.limit]
        more = len(found) > query.limit
        cursor = paging.stats_cursor(shown[-1].total_claims, shown[-1].product_id) if more else None
        return ProductStatsPage(product_stats=shown, count=len(shown), next_cursor=cursor)

    def order_stats(self, min_position: int | None) -> OrderStats:
        """Claims beside orders."""
        with self._query("order_stats", min_position):
            return self._order_stats()

    def claim_type_stats(self, claim_type: str | None, min_position: int | None) -> ClaimTypeStatsList:
        """Every type that has claims, or the one asked for."""
        with self._query("claim_type_stats", min_position):
            found = self._reader.claim_type_stats(claim_type)
        return ClaimTypeStatsList(claim_type_stats=found, count=len(found))

    def backlog(self) -> list[ClaimTypeStats]:
        """A count a claim type and status, for the metrics: not counted as a query."""
        return self._reader.claim_type_stats()

    def stats(self, min_position: int | None) -> AllStats:
        """All statistics at once."""
        with self._query("stats", min_position):
            return AllStats(
                summary=self._reader.summary(),
                customer_stats=self._reader.customer_stats(StatsPage(STATS_COUNT_MAX)),
                agent_stats=self._reader.agent_stats(StatsPage(STATS_COUNT_MAX)),
                claim_type_stats=self._reader.claim_type_stats(),
                product_stats=self._reader.product_stats(StatsPage(STATS_COUNT_MAX)),
                order_stats=self._order_stats(),
            )

    def dashboard(self, min_position: int | None) -> Dashboard:
        """What a supervisor sees first, all from counters but the recent claims."""
        today = self._now().date()
        since = today - timedelta(days=TREND_DAYS - 1)
        with self._query("dashboard", min_position):
            return Dashboard(
                summary=self._reader.summary(),
                recent_claims=self._reader.claims(ClaimFilters(), ClaimPage(limit=RECENT_COUNT)),
                top_customers=self._reader.customer_stats(StatsPage(TOP_COUNT)),
                top_agents=self._reader.agent_stats(StatsPage(TOP_COUNT)),
                claim_type_breakdown=self._reader.claim_type_stats(),
                trends=every_day(self._reader.trends(since), since, today),
            )

    def _order_stats(self) -> OrderStats:
        totals = self._reader.order_totals()
        return OrderStats(
            by_order_status=self._reader.order_status_stats(STATS_COUNT_MAX),
            by_channel=self._reader.channel_stats(STATS_COUNT_MAX),
            claims_with_order=totals.claims_with_order,
            orders_with_claims=totals.orders_with_claims,
            orders_total=totals.orders_total,
            orders_total_at=totals.orders_total_at,
            claims_per_hundred_orders=claims_per_hundred_orders(totals),
        )

    @contextmanager
    def _query(self, query_type: str, min_position: int | None) -> Iterator[None]:
        """Wait for the read side, then time the query; only an answered one counts."""
        wait_for(self._reader, min_position, self._clock)
        started = time.perf_counter()
        yield
        QUERIES_EXECUTED.labels(query_type).inc()
        QUERY_DURATION.labels(query_type).observe(time.perf_counter() - started)


def every_day(trends: list[DayTrend], since: date, until: date) -> list[Trend]:
    """The days from `since` to `until`, with zeros where nothing happened."""
    by_day = {trend.day: trend for trend in trends}
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    filled = (by_day.get(day) or DayTrend(day=day, created=0, resolved=0, closed=0) for day in days)
    return [
        Trend(day=one.day.isoformat(), created=one.created, resolved=one.resolved, closed=one.closed) for one in filled
    ]
