"""The reading side of the read models on PostgreSQL. Every statement is a read-only transaction of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from psycopg import sql
from psycopg.rows import class_row, dict_row

from repositories.ports.read_model_reader import (
    MARK_END,
    MARK_START,
    SEARCH_MATCHES_MAX,
    STUCK_SECONDS,
    Checkpoint,
    ClaimFilters,
    ClaimPage,
    Match,
    MatchKind,
    RecordCounts,
    SearchKey,
    StatsPage,
    Summary,
)
from repositories.ports.read_model_rows import (
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
from repositories.postgres import conditions
from repositories.postgres.columns import PROJECTED_NAMES, SUMMARY_NAMES, columns
from repositories.postgres.connection import PostgresSession
from repositories.postgres.statements import statement

STATEMENT_MS_MAX = 3_000  # a third of the function's timeout in template.yaml
SIMILARITY_MIN = "0.3"  # two letters swapped in a word of seven leave a third of the trigrams
WORDS_ALIKE_MAX = 3  # of a word's likenesses in all texts; the fourth is hardly the one that was meant

_HEADLINE = (
    f"StartSel={MARK_START}, StopSel={MARK_END}, MaxFragments=2, MaxWords=25, MinWords=8, FragmentDelimiter=' … '"
)

Query = sql.SQL | sql.Composed
Row = TypeVar("Row")


class PostgresReadModelReader:
    """A ReadModelReader. It reads the views in `public`, so that it sees whichever schema stands behind them."""

    def __init__(self, url: str) -> None:
        self._session = PostgresSession(
            url,
            {
                "search_path": "public",
                "default_transaction_read_only": "on",
                "statement_timeout": str(STATEMENT_MS_MAX),
                "pg_trgm.similarity_threshold": SIMILARITY_MIN,
                # Which index is right depends on the values (a common word, a rare customer): plan for them.
                "plan_cache_mode": "force_custom_plan",
            },
        )

    def claims(self, filters: ClaimFilters, page: ClaimPage) -> list[ClaimSummary]:
        """See ReadModelReader."""
        where, values = conditions.claims_where(filters, page)
        query = statement("list_claims").format(
            columns=columns(SUMMARY_NAMES), conditions=where, order=conditions.claims_order(page.sort)
        )
        return self._rows(ClaimSummary, query, {**values, "limit": page.limit, "offset": page.offset})

    def claim(self, claim_id: str) -> ProjectedClaim | None:
        """See ReadModelReader."""
        found = self._dicts(statement("get_claim").format(columns=columns(PROJECTED_NAMES)), {"claim_id": claim_id})
        return ProjectedClaim(**{**found[0], "history": tuple(found[0]["history"])}) if found else None

    def search(
        self, words: Sequence[str], filters: ClaimFilters, limit: int, offset: int = 0, after: SearchKey | None = None
    ) -> list[Match]:
        """See ReadModelReader."""
        kind: MatchKind = after.kind if after else "text"
        found = self._search(kind, words, filters, limit, offset, after)
        # Only a first page may turn to the other kind: further pages go on with what the first one was.
        if found or after or offset:
            return found
        return self._search("similar", words, filters, limit, offset, after)

    def customer_stats(self, page: StatsPage, customer_id: str | None = None) -> list[CustomerStats]:
        """See ReadModelReader."""
        where, values = conditions.stats_where("customer_id", "total_claims", customer_id, page)
        return self._rows(CustomerStats, statement("customer_stats").format(conditions=where), values)

    def agent_stats(self, page: StatsPage, agent_id: str | None = None) -> list[AgentStats]:
        """See ReadModelReader."""
        where, values = conditions.stats_where("agent_id", "total_assigned", agent_id, page)
        return self._rows(AgentStats, statement("agent_stats").format(conditions=where), values)

    def claim_type_stats(self, claim_type: str | None = None) -> list[ClaimTypeStats]:
        """See ReadModelReader."""
        return self._rows(ClaimTypeStats, statement("claim_type_stats"), {"claim_type": claim_type})

    def product_stats(self, page: StatsPage, product_id: str | None = None) -> list[ProductStats]:
        """See ReadModelReader."""
        where, values = conditions.stats_where("product_id", "total_claims", product_id, page)
        return self._rows(ProductStats, statement("product_stats").format(conditions=where), values)

    def order_status_stats(self, limit: int) -> list[OrderStatusStats]:
        """See ReadModelReader."""
        return self._rows(OrderStatusStats, statement("order_status_stats"), {"limit": limit})

    def channel_stats(self, limit: int) -> list[ChannelStats]:
        """See ReadModelReader."""
        return self._rows(ChannelStats, statement("channel_stats"), {"limit": limit})

    def order_totals(self) -> OrderTotals:
        """See ReadModelReader."""
        return self._rows(OrderTotals, statement("order_totals"))[0]

    def summary(self) -> Summary:
        """See ReadModelReader."""
        return self._rows(Summary, statement("summary"))[0]

    def trends(self, since: date) -> list[DayTrend]:
        """See ReadModelReader."""
        return self._rows(DayTrend, statement("trends"), {"since": since})

    def record_counts(self) -> RecordCounts:
        """See ReadModelReader."""
        return self._rows(RecordCounts, statement("record_counts"))[0]

    def checkpoint(self) -> Checkpoint:
        """See ReadModelReader."""
        return self._rows(Checkpoint, statement("checkpoint"))[0]

    def has_position(self, position: int) -> bool:
        """See ReadModelReader."""
        places = {"position": position, "stuck_seconds": STUCK_SECONDS}
        row = self._session.run(lambda connection: connection.execute(statement("has_position"), places).fetchone())
        return row is not None and row[0] is True

    def ping(self) -> None:
        """See ReadModelReader."""
        self.checkpoint()

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def _search(
        self,
        kind: MatchKind,
        words: Sequence[str],
        filters: ClaimFilters,
        limit: int,
        offset: int,
        after: SearchKey | None,
    ) -> list[Match]:
        wanted = self._session.run(
            lambda connection: connection.execute(
                statement(f"query_{kind}"), {"words": list(words), "alike_max": WORDS_ALIKE_MAX}
            ).fetchone()
        )
        if wanted is None or wanted[0] is None:
            return []
        where, values = conditions.filters_where(filters)
        beyond, key = conditions.search_after(after)
        query = statement("search_claims").format(
            columns=columns(SUMMARY_NAMES, "claim"), conditions=where, after=beyond
        )
        terms = {"query": wanted[0], "headline": _HEADLINE, "matches_max": SEARCH_MATCHES_MAX}
        found = self._dicts(query, {**values, **key, **terms, "limit": limit, "offset": offset})
        return [_match(kind, row) for row in found]

    def _rows(self, kind: type[Row], query: Query, values: Mapping[str, Any] | None = None) -> list[Row]:
        return self._session.run(
            lambda connection: connection.cursor(row_factory=class_row(kind)).execute(query, values).fetchall()
        )

    def _dicts(self, query: Query, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return self._session.run(
            lambda connection: connection.cursor(row_factory=dict_row).execute(query, values).fetchall()
        )


def _match(kind: MatchKind, row: dict[str, Any]) -> Match:
    score, highlight = row.pop("score"), row.pop("highlight")
    return Match(ClaimSummary(**row), kind, score, highlight)
