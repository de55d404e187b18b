"""How to reach the customer of a claim. It comes with the claim's first event; the later ones do not repeat it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Contact:
    """What the claim's first event said of its customer, as it was given: nothing here has been checked."""

    claim_id: str
    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: Language = "fr"


class ContactStore(Protocol):
    """One contact a claim. Both methods raise StoreUnavailableError when the store does not answer."""

    def remember(self, contacts: Sequence[Contact]) -> Mapping[str, Exception]:
        """Keep them; the first one of a claim stays, as its first event exists only once.

        Returns, by claim id, the UnreadableError of each that the store cannot hold; the others are kept.
        """

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, Contact]:
        """The claims' contacts by claim id, without those claims whose first event never came by."""
