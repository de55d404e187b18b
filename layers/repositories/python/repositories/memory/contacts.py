"""Contacts in memory."""

from collections.abc import Collection, Mapping, Sequence

from repositories.ports.contacts import Contact


class MemoryContactStore:
    """A ContactStore that forgets everything with the process."""

    def __init__(self) -> None:
        self._contacts: dict[str, Contact] = {}

    def remember(self, contacts: Sequence[Contact]) -> Mapping[str, Exception]:
        """See `ContactStore.remember`. Memory can hold any."""
        for each in contacts:
            self._contacts.setdefault(each.claim_id, each)
        return {}

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, Contact]:
        """See `ContactStore.of_claims`."""
        return {claim_id: self._contacts[claim_id] for claim_id in claim_ids if claim_id in self._contacts}
