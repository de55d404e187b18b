"""What a claim's order tells the read models. A simulated one tells nothing: no order system said it. Pure.

An order is an `OrderContext` in its JSON form, as `ClaimRow.order` holds it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SIMULATED = "simulated"

Order = Mapping[str, Any] | None


def is_simulated(source: str | None) -> bool:
    """Whether a context with this source was made up while the system that knows was away."""
    return source == SIMULATED


def told(order: Order) -> Mapping[str, Any]:
    """The order as somebody told it; empty where nobody did."""
    return {} if order is None or is_simulated(order.get("source")) else order


def status_of(order: Order) -> str | None:
    """Where the order stood when it was told."""
    return told(order).get("status") or None


def product_id_of(order: Order) -> str | None:
    """The product of an order that has one item only: with more of them nobody knows which one the claim is about."""
    items = _items(order)
    return items[0].get("product_id") or None if len(items) == 1 else None


def product_name_of(order: Order, product_id: str) -> str | None:
    """How the order calls the product."""
    named = (item.get("product_name") for item in _items(order) if item.get("product_id") == product_id)
    return next((name for name in named if name), None)


def orders_total_of(order: Order) -> int | None:
    """How many orders the order system had by then."""
    total: int | None = told(order).get("orders_total")
    return total


def _items(order: Order) -> Sequence[Mapping[str, Any]]:
    return told(order).get("items") or ()
