"""Contacts in memory."""

from collections.abc import Collection, Mapping, Sequence

from repositories.ports.contacts import Contact, KnownContact


class MemoryContactStore:
    """A ContactStore that forgets everything with the process."""

    def __init__(self) -> None:
        self._own: dict[str, Contact] = {}
        self._learnt: dict[str, Contact] = {}

    def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
        """See `ContactStore.remember`. Memory can hold any."""
        for contacts, kept in ((own, self._own), (learnt, self._learnt)):
            for each in contacts:
                kept.setdefault(each.claim_id, each)
        return {}

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, KnownContact]:
        """See `ContactStore.of_claims`."""
        known = self._own.keys() | self._learnt.keys()
        return {each: KnownContact(self._own.get(each), self._learnt.get(each)) for each in claim_ids if each in known}
