"""The events of made-up claims, as their log would have them: versions without gaps, places without gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from envelope import (
    CONTEXT_VERSION,
    EVENT_TYPES,
    Actor,
    CustomerContext,
    Envelope,
    Event,
    OrderContext,
    OrderItem,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
    context_id_of,
    event_type_of,
)

AGENT = "agent_smith"
CUSTOMER = "cust_12345"
CONTEXT = ReclamationEnrichie.__name__
LIFE = tuple(name for name in EVENT_TYPES if name != CONTEXT)
"""The types of a claim's own events, in the order in which they happen."""
_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Placed:
    """An event with its place in `events:all`, from 1."""

    event: Envelope
    position: int


def happened(first_claim: str, until: str, began: datetime) -> Iterator[Placed]:
    """What happens to one claim after another without end, each up to the event of type `until`, the first being
    `first_claim`. The context comes last, after all of the claim's own events."""
    positions = count(1)
    for number in count(1):
        claim_id = first_claim if number == 1 else f"{first_claim}_{number}"
        for event in _life(claim_id, until, began):
            yield Placed(event, next(positions))


def _life(claim_id: str, until: str, began: datetime) -> list[Envelope]:
    correlation_id, events = f"trace_{claim_id}", list[Envelope]()
    for fact, actor in _facts(claim_id):
        kind = event_type_of(fact)
        is_context = kind.name == CONTEXT
        events.append(
            Envelope(
                event_id=str(uuid4()),
                event_type=kind.name,
                aggregate_id=context_id_of(claim_id) if is_context else claim_id,
                data=fact.model_dump(mode="json", exclude_none=True),
                timestamp=began + len(events) * _APART,
                correlation_id=correlation_id,
                version=CONTEXT_VERSION if is_context else len(events) + 1,
                schema_version=kind.schema_version,
                causation_id=events[-1].event_id if events else None,
                actor=actor,
            )
        )
        if kind.name == until:
            break
    return events


def _facts(claim_id: str) -> Sequence[tuple[Event, Actor]]:
    agent = Actor(type="agent", id=AGENT)
    customer = CustomerContext(name="Camille Roy", email="camille.roy@example.com", phone="+15145550100")
    item = OrderItem(product_id="prod_abc123", product_name="Lampe", quantity=1, unit_price=49.9)
    order = OrderContext(id="order_45678", customer_id=CUSTOMER, status="delivered", total_amount=49.9, items=(item,))
    return (
        (
            ReclamationCreee(
                customer_id=CUSTOMER,
                claim_type="product_defect",
                description="Produit défectueux reçu",
                product_id="prod_abc123",
                order_id="order_45678",
                customer=customer,
            ),
            Actor(type="customer", id=CUSTOMER),
        ),
        (ReclamationAffectee(agent_id=AGENT, agent_name="John Smith"), Actor(type="supervisor", id="supervisor_lee")),
        (ReclamationEnCours(agent_id=AGENT), agent),
        (ReclamationResolue(resolution="Produit remplacé par un neuf", resolution_type="replacement"), agent),
        (ReclamationCloturee(reason="Le client est satisfait"), agent),
        (
            ReclamationEnrichie(claim_id=claim_id, customer=customer, order=order),
            Actor(type="service", id="integration"),
        ),
    )
