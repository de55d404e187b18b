"""What a claim's row learns from its context. Pure: the caller's own words stay, what was simulated does not."""

from datetime import datetime
from typing import Any

from envelope import CustomerContext, OrderContext, ReclamationEnrichie
from functions.projection.orders import is_simulated, product_id_of, status_of, told
from functions.projection.text import storable
from repositories.ports.read_model_rows import ClaimRow


def name_of(customer: CustomerContext | None) -> str | None:
    """The customer's name as somebody told it."""
    return None if customer is None or is_simulated(customer.source) else customer.name


def order_of(order: OrderContext | None) -> dict[str, Any] | None:
    """The order in the form that a row holds."""
    return None if order is None else storable(order.model_dump(mode="json"))


def learnt(row: ClaimRow, event: ReclamationEnrichie, told_at: datetime) -> dict[str, Any]:
    """The fields that the context gives, as they are then."""
    order = row.order if told(row.order) else _better(row.order, order_of(event.order))
    return {
        "customer_id": event.customer_id or row.customer_id,
        "customer_name": row.customer_name or name_of(event.customer),
        "order": order,
        "order_status": status_of(order),
        "product_id": row.product_id or product_id_of(order),
        "enriched_at": told_at,
    }


def _better(known: dict[str, Any] | None, learnt_order: dict[str, Any] | None) -> dict[str, Any] | None:
    return learnt_order if told(learnt_order) else known
