"""An event whose data could be read, and the claim that it tells of."""

from dataclasses import dataclass

from envelope import Envelope, Event, ReclamationEnrichie, read_payload
from functions.notification.rules import RULES
from handlers.batch import Record


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a claim, or of its context."""

    envelope: Envelope
    fact: Event

    @property
    def claim_id(self) -> str:
        """The claim that it is of, or whose context it tells."""
        return self.fact.claim_id if isinstance(self.fact, ReclamationEnrichie) else self.envelope.aggregate_id

    @property
    def asks_for_contact(self) -> bool:
        """Whether it leads to notifications, its own or others'."""
        return isinstance(self.fact, ReclamationEnrichie) or bool(RULES[type(self.fact)])


def read(record: Record) -> Told:
    """Raises UnreadableError."""
    return Told(record.envelope, read_payload(record.envelope))
