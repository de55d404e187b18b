"""WHERE and ORDER BY for what the caller chose: columns from our own lists, values always parameters."""

from collections.abc import Iterable
from typing import Any

from psycopg import sql

from repositories.ports.read_model_reader import ClaimFilters, ClaimPage, SearchKey, Sort, StatsPage

Where = tuple[sql.Composable, dict[str, Any]]

_EQUALITIES = ("status", "customer_id", "agent_id", "claim_type", "urgency", "product_id", "order_id")
_NOTHING = sql.SQL("true")
_SORT_COLUMNS = {
    "created_at": ("created_at", "claim_id"),
    "updated_at": ("updated_at", "created_at", "claim_id"),
    "urgency": ("urgency_rank", "created_at", "claim_id"),
}


def filters_where(filters: ClaimFilters) -> Where:
    """Every filter that is set."""
    values = {name: getattr(filters, name) for name in _EQUALITIES if getattr(filters, name) is not None}
    tests: list[sql.Composable] = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    ]
    for name, test in (("created_from", "created_at >= {}"), ("created_to", "created_at < {}")):
        if (moment := getattr(filters, name)) is not None:
            tests.append(sql.SQL(test).format(sql.Placeholder(name)))
            values[name] = moment
    return _all(tests), values


def claims_where(filters: ClaimFilters, page: ClaimPage) -> Where:
    """The filters and, where the page goes on after a key, the keyset."""
    where, values = filters_where(filters)
    if page.after is None:
        return where, values
    names = _sort_columns(page.sort)
    key = {"key_value": page.after.value, "key_created_at": page.after.created_at, "key_claim_id": page.after.claim_id}
    places = ("key_value", "key_created_at", "key_claim_id") if len(names) == 3 else ("key_created_at", "key_claim_id")
    beyond = sql.SQL("({}) < ({})" if page.sort.startswith("-") else "({}) > ({})").format(
        _list(sql.Identifier(name) for name in names), _list(sql.Placeholder(name) for name in places)
    )
    return _all([where, beyond]), values | key


def claims_order(sort: Sort) -> sql.Composable:
    """One direction for all columns, so that the keyset is one comparison and one walk along the index."""
    direction = sql.SQL(" DESC" if sort.startswith("-") else " ASC")
    return _list(sql.Identifier(name) + direction for name in _sort_columns(sort))


def search_after(after: SearchKey | None) -> Where:
    """The keyset of a search: what comes behind the last row."""
    if after is None:
        return _NOTHING, {}
    beyond = sql.SQL("(score, created_at, claim_id) < (%(key_score)s, %(key_created_at)s, %(key_claim_id)s)")
    return beyond, {
        "key_score": after.score,
        "key_created_at": after.created_at,
        "key_claim_id": after.claim_id,
    }


def stats_where(id_column: str, total_column: str, wanted_id: str | None, page: StatsPage) -> Where:
    """One id or all, after a key where there is one; with the page's limit and offset as values."""
    values: dict[str, Any] = {"limit": page.limit, "offset": page.offset}
    tests: list[sql.Composable] = []
    if wanted_id is not None:
        tests.append(sql.SQL("{} = %(wanted_id)s").format(sql.Identifier(id_column)))
        values["wanted_id"] = wanted_id
    if page.after is not None:
        beyond = sql.SQL("({total} < %(key_total)s OR ({total} = %(key_total)s AND {id} > %(key_id)s))")
        tests.append(beyond.format(total=sql.Identifier(total_column), id=sql.Identifier(id_column)))
        values |= {"key_total": page.after.total, "key_id": page.after.id}
    return _all(tests), values


def _sort_columns(sort: Sort) -> tuple[str, ...]:
    return _SORT_COLUMNS[sort.removeprefix("-")]


def _all(tests: list[sql.Composable]) -> sql.Composable:
    return sql.SQL(" AND ").join(tests) if tests else _NOTHING


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
