"""A claim's context beside the claim: whose it is, and what it told of how the customer is reached. Pure."""

from dataclasses import dataclass

from envelope import Envelope, ReclamationEnrichie, context_id_of, is_context_id, read_payload
from envelope.errors import UnreadableError
from functions.notification.rules import learnt_contact_of
from repositories.ports.contacts import Contact

_PREFIX = context_id_of("")


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the event at `position` told of how a claim's customer is reached."""

    contact: Contact
    position: int


def claim_id_of(event: Envelope) -> str:
    """The claim that an event is about: its own, or the one whose context it tells."""
    return event.aggregate_id.removeprefix(_PREFIX) if is_context_id(event.aggregate_id) else event.aggregate_id


def learnt_of(context: Envelope | None) -> Learnt | None:
    """What a context told; None where there is none, or nobody can read it: its group parks it, which is told."""
    if context is None:
        return None
    try:
        fact = read_payload(context)
    except UnreadableError:
        return None
    if not isinstance(fact, ReclamationEnrichie):
        return None
    return Learnt(learnt_contact_of(fact), context.position or 0)
