"""Which part of its context a claim was made without. Pure."""

from envelope import CustomerContext, Envelope, OrderContext, ReclamationCreee
from functions.integration.simulated import SIMULATED
from functions.integration.upstream.documents import SOURCE
from repositories.ports.waiting_contexts import WantedContext


def wanted_context(envelope: Envelope, fact: ReclamationCreee) -> WantedContext | None:
    """What to ask the other systems because of a claim's first event; None where it has its context."""
    wants_order = fact.order_id is not None and _is_missing(fact.order)
    wants_customer = not _can_be_reached(fact.customer)
    if not (wants_order or wants_customer):
        return None
    return WantedContext(
        claim_id=envelope.aggregate_id,
        customer_id=fact.customer_id,
        order_id=fact.order_id,
        wants_order=wants_order,
        wants_customer=wants_customer,
        event_id=envelope.event_id,
        correlation_id=envelope.correlation_id,
        made_at=envelope.timestamp,
        metadata=envelope.metadata,
    )


def _is_missing(order: OrderContext | None) -> bool:
    return order is None or order.source == SIMULATED


def _can_be_reached(customer: CustomerContext | None) -> bool:
    """Whether the claim tells all that a notification asks for. What it tells itself is never replaced."""
    if customer is None or customer.source == SIMULATED:
        return False
    if customer.source == SOURCE:  # then this is all that the customer system knows
        return True
    return all((customer.name, customer.email, customer.phone))
