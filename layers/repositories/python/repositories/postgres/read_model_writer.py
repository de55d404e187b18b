"""The writing side of the read models on PostgreSQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, TypeVar

import orjson
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import (
    AgentDelta,
    ClaimTypeDelta,
    ConcurrentProjectionError,
    CounterDeltas,
    CustomerDelta,
    DayDelta,
    FailedPosition,
    KnownOrdersTotal,
    ProductDelta,
    ReadModelChanges,
    ReadModelTransaction,
    RefusedDataError,
    TotalDelta,
)
from repositories.postgres.columns import ROW_NAMES, columns
from repositories.postgres.connection import Connection, PostgresSession
from repositories.postgres.search_words import new_words
from repositories.postgres.statements import statement

STATEMENT_MS_MAX = 10_000  # a third of the subscriber's timeout in template.yaml, so that a failure can be told
POSITION_MAX = 2**63 - 1
_TOLD_BY_CREATION = frozenset({"claim_id", "claim_type", "description", "urgency", "order_id", "channel", "created_at"})
_TOLD_BY_CONTEXT = frozenset(
    {
        *("customer_id", "customer_name", "product_id", "order", "order_status"),
        *("enriched_at", "context_event_id"),
    }
)

Result = TypeVar("Result")
Delta = CustomerDelta | AgentDelta | ClaimTypeDelta | DayDelta | ProductDelta | TotalDelta


class PostgresReadModelWriter:
    """A ReadModelWriter. `schema` is the version of the read models that is written."""

    def __init__(self, url: str, schema: str = "read_v1") -> None:
        self._session = PostgresSession(
            url,
            {
                "search_path": f"{schema}, public",
                "statement_timeout": str(STATEMENT_MS_MAX),
                # A projector that stops in the middle must not keep the claims' locks.
                "idle_in_transaction_session_timeout": str(STATEMENT_MS_MAX),
            },
        )

    def in_transaction(self, work: Callable[[ReadModelTransaction], Result]) -> Result:
        """See ReadModelWriter."""

        def transact(connection: Connection) -> Result:
            with connection.transaction():
                return work(PostgresTransaction(connection))

        return self._session.run(transact)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()


class PostgresTransaction:
    """A ReadModelTransaction on an open transaction. Every writer takes its locks in the order of `save`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._locked: Mapping[str, ClaimRow] = {}

    def lock_claims(self, claim_ids: Collection[str]) -> Mapping[str, ClaimRow]:
        """See ReadModelTransaction."""
        query = statement("lock_claims").format(columns=columns(ROW_NAMES))
        with self._connection.cursor(row_factory=dict_row) as cursor:
            found = [row_of(fields) for fields in cursor.execute(query, {"claim_ids": sorted(claim_ids)})]
        self._locked = {row.claim_id: row for row in found}
        return self._locked

    def save(self, changes: ReadModelChanges) -> None:
        """See ReadModelTransaction."""
        self._write_claims(changes.rows)
        self._add_counters(changes.deltas)
        self._settle(changes.applied, changes.failed)

    def _write_claims(self, rows: Sequence[ClaimRow]) -> None:
        new = [row for row in rows if row.claim_id not in self._locked]
        known = [row for row in rows if row.claim_id in self._locked]
        enriched = [row for row in known if row.context_event_id != self._locked[row.claim_id].context_event_id]
        learnt = {row.claim_id for row in enriched}
        others = [row for row in known if row.claim_id not in learnt]
        self._write(statement("insert_claims").format(columns=columns(ROW_NAMES)), new)
        self._write(_updating(_TOLD_BY_CREATION | _TOLD_BY_CONTEXT), others)
        self._write(_updating(_TOLD_BY_CREATION), enriched)
        if words := new_words(new, others, enriched):
            self._connection.execute(statement("add_search_words"), {"words": words})

    def _write(self, query: sql.Composed, rows: Sequence[ClaimRow]) -> None:
        if rows and self._connection.execute(query, {"rows": as_jsonb(rows)}).rowcount != len(rows):
            raise ConcurrentProjectionError("another projector wrote one of these claims at the same time")

    def _add_counters(self, deltas: CounterDeltas) -> None:
        self._add("add_customer_stats", "customer_id", deltas.customers)
        self._add("add_agent_stats", "agent_id", deltas.agents)
        self._add("add_claim_type_stats", "claim_type", deltas.claim_types)
        self._add("add_daily_trends", "day", deltas.days)
        self._add("add_product_stats", "product_id", deltas.products)
        self._add("add_order_stats", "order_id", deltas.orders)
        self._add("add_order_status_stats", "order_status", deltas.order_statuses)
        self._add("add_channel_stats", "channel", deltas.channels)
        if deltas.orders_total is not None:
            self._keep_orders_total(deltas.orders_total)

    def _add(self, name: str, key: str, deltas: Mapping[str, Delta] | Mapping[date, Delta]) -> None:
        if deltas:
            rows = [{key: value, **_fields(delta)} for value, delta in deltas.items()]
            self._connection.execute(statement(name), {"deltas": as_jsonb(rows)})

    def _keep_orders_total(self, known: KnownOrdersTotal) -> None:
        told = {"orders_total": known.orders_total, "told_at": known.told_at}
        self._connection.execute(statement("keep_orders_total"), told)

    def _settle(self, applied: Collection[int], failed: Sequence[FailedPosition]) -> None:
        # One that PostgreSQL cannot hold belongs to no event of the log, and so to no gap.
        by_position = {one.position: one for one in failed if one.position <= POSITION_MAX}
        known = list(by_position.values())
        if not applied and not known:
            return
        found = self._connection.execute(statement("lock_checkpoint")).fetchone()
        assert found is not None, "the migration makes the checkpoint"
        reached = max((*applied, *(one.position for one in known)))
        places = {
            "old_high": found[0],
            "new_high": max(found[0], reached),
            "applied": list(applied),
            "failed": [one.position for one in known],
            "claim_ids": [one.claim_id for one in known],
            "reasons": [one.reason for one in known],
            "error": known[-1].reason if known else None,
        }
        for step in ("add_gaps", "close_gaps", "move_checkpoint"):
            self._connection.execute(statement(step), places)


def row_of(fields: dict[str, Any]) -> ClaimRow:
    """The row that the columns ROW_NAMES hold."""
    return ClaimRow(**{**fields, "history": tuple(fields["history"])})


def as_jsonb(value: Any) -> Jsonb:
    """A parameter of type jsonb. Raises RefusedDataError for what JSON cannot hold, an integer over 64 bits say."""
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        raise RefusedDataError(f"no JSON can hold this: {error}") from error
    return Jsonb(None, dumps=lambda _: text)


def _fields(delta: Delta) -> dict[str, Any]:
    return {name: getattr(delta, name) for name in delta.__dataclass_fields__}


@cache
def _updating(kept: frozenset[str]) -> sql.Composed:
    """The statement that writes all columns but those that stay as they are."""
    changing = (name for name in ROW_NAMES if name not in kept)
    updates = sql.SQL(", ").join(sql.SQL("{0} = changed.{0}").format(sql.Identifier(name)) for name in changing)
    return statement("update_claims").format(updates=updates)
