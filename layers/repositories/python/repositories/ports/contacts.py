"""How to reach the customer of a claim.

It comes with the claim's first event, and where that told too little, with the event of the claim's context; no other
event repeats it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Contact:
    """What one event said of a claim's customer, as it was given: nothing here has been checked.

    `customer_id` is None where a context told no other than the claim has.
    """

    claim_id: str
    customer_id: str | None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: Language = "fr"


class KnownContact(NamedTuple):
    """What a claim's first event told, and what its context did; None where that event never came by."""

    own: Contact | None = None
    learnt: Contact | None = None


class ContactStore(Protocol):
    """At most two contacts a claim. Both methods raise StoreUnavailableError when the store does not answer."""

    def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
        """Keep what claims' first events and what their contexts told; the first one of each stays.

        Returns, by the id of the claim or of the context (`envelope.context_id_of`), the UnreadableError of each that
        the store cannot hold; the others are kept.
        """

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, KnownContact]:
        """What is known of these claims' customers, by claim id, without the claims of which nothing is."""
