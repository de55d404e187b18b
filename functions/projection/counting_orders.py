"""What one event adds to the counters by product, order and channel. Pure, as `counting` is.

Most events change none of what these counters go by, so each is touched only where its part of the row changed.
"""

from functions.projection.orders import orders_total_of, product_name_of
from repositories.ports.read_model_rows import ACTIVE_STATUSES, ClaimRow
from repositories.ports.read_model_writer import CounterDeltas, KnownOrdersTotal, ProductDelta, TotalDelta

UNKNOWN = "unknown"


def count_orders(deltas: CounterDeltas, before: ClaimRow | None, after: ClaimRow) -> set[str]:
    """Add what the step from `before` to `after` changes; return the read models that it updates."""
    updated: set[str] = set()
    if before is None:
        _add(deltas.channels, after.channel or UNKNOWN, 1)
        updated.add("channel_stats")
    if before is None or _product_part(before) != _product_part(after):
        updated |= _step_product(deltas, before, after)
    if before is None or _order_part(before) != _order_part(after):
        updated |= _step_order(deltas, before, after)
    if before is None or before.order != after.order:
        _note_told(deltas, before, after)
    return updated


def _step_product(deltas: CounterDeltas, before: ClaimRow | None, after: ClaimRow) -> set[str]:
    for row, sign in ((before, -1), (after, 1)):
        if row is not None and row.product_id is not None:
            _add_product(deltas.products.setdefault(row.product_id, ProductDelta()), row, sign)
    return set() if after.product_id is None else {"product_stats"}


def _step_order(deltas: CounterDeltas, before: ClaimRow | None, after: ClaimRow) -> set[str]:
    for row, sign in ((before, -1), (after, 1)):
        if row is not None and row.order_id is not None:
            _add(deltas.orders, row.order_id, sign)
            _add(deltas.order_statuses, row.order_status or UNKNOWN, sign)
    return set() if after.order_id is None else {"order_stats"}


def _product_part(row: ClaimRow) -> tuple[str | None, str]:
    return (row.product_id, "active" if row.status in ACTIVE_STATUSES else row.status)


def _order_part(row: ClaimRow) -> tuple[str | None, str | None]:
    return (row.order_id, row.order_status)


def _add_product(delta: ProductDelta, row: ClaimRow, sign: int) -> None:
    delta.total_claims += sign
    delta.active_claims += sign * (row.status in ACTIVE_STATUSES)
    delta.resolved_claims += sign * (row.status == "resolved")
    delta.closed_claims += sign * (row.status == "closed")


def _add(totals: dict[str, TotalDelta], key: str, sign: int) -> None:
    totals.setdefault(key, TotalDelta()).total_claims += sign


def _note_told(deltas: CounterDeltas, before: ClaimRow | None, after: ClaimRow) -> None:
    """What an order tells beside its own status: the name of its product, and how many orders there are."""
    told_at = after.created_at if before is None else after.enriched_at
    assert told_at is not None, "only a context brings an order later"
    if after.product_id is not None and (name := product_name_of(after.order, after.product_id)):
        deltas.products.setdefault(after.product_id, ProductDelta()).take_name(name, told_at)
    if (total := orders_total_of(after.order)) is not None:
        told = KnownOrdersTotal(told_at, total)
        deltas.orders_total = max(deltas.orders_total or told, told)
