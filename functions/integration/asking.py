"""What the other systems say of a claim that was made without it, as the event that tells of it."""

from envelope import ReclamationEnrichie
from functions.integration.contexts import ReadsSystems
from functions.integration.identifiers import CUSTOMER, is_same, is_stand_in
from functions.integration.known import Customer, Order
from metrics.logs import logger
from repositories.ports.waiting_contexts import WantedContext


def ask(systems: ReadsSystems, wanted: WantedContext) -> ReclamationEnrichie | None:
    """The context, None where neither system knows any. Raises UpstreamUnavailableError: then nothing is known yet."""
    order = _order(systems, wanted)
    customer_id = _customer_id(wanted, order)
    customer = _customer(systems, wanted, customer_id)
    learnt_id = customer_id if is_stand_in(wanted.customer_id) else None
    told_order = order.context if order is not None and wanted.wants_order else None
    if told_order is None and customer is None and learnt_id is None:
        return None
    return ReclamationEnrichie(
        claim_id=wanted.claim_id,
        customer_id=learnt_id,
        customer=customer.context if customer else None,
        order=told_order,
    )


def _order(systems: ReadsSystems, wanted: WantedContext) -> Order | None:
    """The order, if it is that customer's: what somebody else bought is nobody's business."""
    if wanted.order_id is None or not (wanted.wants_order or is_stand_in(wanted.customer_id)):
        return None
    order = systems.order(wanted.order_id)
    if order is None or is_stand_in(wanted.customer_id):
        return order
    owner = order.context.customer_id
    if owner is not None and not is_same(owner, wanted.customer_id, CUSTOMER):
        logger.warning("order of another customer", extra={"claim_id": wanted.claim_id, "order_id": wanted.order_id})
        return None
    return order


def _customer_id(wanted: WantedContext, order: Order | None) -> str | None:
    if not is_stand_in(wanted.customer_id):
        return wanted.customer_id
    return order.context.customer_id if order else None


def _customer(systems: ReadsSystems, wanted: WantedContext, customer_id: str | None) -> Customer | None:
    if customer_id is None or not wanted.wants_customer:
        return None
    return systems.customer(customer_id)
