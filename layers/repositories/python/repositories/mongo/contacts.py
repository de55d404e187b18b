"""Contacts on MongoDB: `notifications.contacts`, `_id` = the claim's id or that of its context, no other index."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from envelope import context_id_of
from envelope.errors import UnreadableError
from repositories.mongo.client import Document, insert_new, store_errors, to_raw
from repositories.ports.contacts import Contact, KnownContact


class MongoContactStore:
    """A ContactStore."""

    def __init__(self, database: Database[Document]) -> None:
        self._contacts = database["contacts"]

    def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
        """See `ContactStore.remember`. An insert that ignores the duplicates costs less than an upsert."""
        by_id = [(each.claim_id, each) for each in own] + [(context_id_of(each.claim_id), each) for each in learnt]
        ready: list[RawBSONDocument] = []
        failures: dict[str, Exception] = {}
        for document_id, each in by_id:
            try:
                ready.append(to_raw(_document(document_id, each)))
            except UnreadableError as error:
                failures[document_id] = error
        insert_new(self._contacts, ready)
        return failures

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, KnownContact]:
        """See `ContactStore.of_claims`. One round trip for both contacts of all claims."""
        if not claim_ids:
            return {}
        ids = [*claim_ids, *map(context_id_of, claim_ids)]
        with store_errors():
            found = {document["_id"]: document for document in self._contacts.find({"_id": {"$in": ids}})}
        known = {
            claim_id: KnownContact(
                _contact(claim_id, found.get(claim_id)), _contact(claim_id, found.get(context_id_of(claim_id)))
            )
            for claim_id in claim_ids
        }
        return {claim_id: each for claim_id, each in known.items() if any(each)}


def _document(document_id: str, contact: Contact) -> Document:
    fields = asdict(contact)
    del fields["claim_id"]
    return {"_id": document_id, **fields}


def _contact(claim_id: str, document: dict[str, Any] | None) -> Contact | None:
    if document is None:
        return None
    return Contact(claim_id=claim_id, **{name: value for name, value in document.items() if name != "_id"})
