"""How the customers of a batch's claims are reached: what its events tell is kept, what was told before looked up."""

from collections.abc import Collection, Iterable, Mapping

from envelope import ReclamationCreee, ReclamationEnrichie
from functions.notification.rules import contact_of, learnt_contact_of, merged
from functions.notification.told import Told
from repositories.ports.contacts import Contact, ContactStore, KnownContact


class Acquaintance:
    """What is known of the customers of some claims, as it was when it was asked for."""

    def __init__(self, known: Mapping[str, KnownContact]) -> None:
        self._known = known

    def contact(self, claim_id: str) -> Contact | None:
        """All that is known, as one contact."""
        return merged(*self._known.get(claim_id, KnownContact()))

    def enriched(self) -> set[str]:
        """The claims whose context is known."""
        return {claim_id for claim_id, contact in self._known.items() if contact.learnt}


def remember(contacts: ContactStore, events: Iterable[Told]) -> Mapping[str, Exception]:
    """Keep the contacts that these events tell, with one write. Returns as `ContactStore.remember` does."""
    own: list[Contact] = []
    learnt: list[Contact] = []
    for each in events:
        match each.fact:
            case ReclamationCreee():
                own.append(contact_of(each.claim_id, each.fact))
            case ReclamationEnrichie():
                learnt.append(learnt_contact_of(each.fact))
    return contacts.remember(own, learnt)


def look_up(contacts: ContactStore, claim_ids: Collection[str]) -> Acquaintance:
    """What is known of these claims' customers now, with one read."""
    return Acquaintance(contacts.of_claims(claim_ids))
