"""What a claim's context told of how the customer is reached. Pure."""

from dataclasses import dataclass

from envelope import Envelope, ReclamationEnrichie, read_payload
from envelope.errors import UnreadableError
from functions.notification.rules import learnt_contact_of
from repositories.ports.contacts import Contact


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the event at `position` told of how a claim's customer is reached."""

    contact: Contact
    position: int


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
