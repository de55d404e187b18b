"""Contacts on MongoDB: `notifications.contacts`, `_id` = the claim's id, no other index."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from envelope.errors import UnreadableError
from repositories.mongo.client import Document, insert_new, store_errors, to_raw
from repositories.ports.contacts import Contact


class MongoContactStore:
    """A ContactStore."""

    def __init__(self, database: Database[Document]) -> None:
        self._contacts = database["contacts"]

    def remember(self, contacts: Sequence[Contact]) -> Mapping[str, Exception]:
        """See `ContactStore.remember`. An insert that ignores the duplicates costs less than an upsert."""
        ready: list[RawBSONDocument] = []
        failures: dict[str, Exception] = {}
        for each in contacts:
            try:
                ready.append(to_raw(_document(each)))
            except UnreadableError as error:
                failures[each.claim_id] = error
        insert_new(self._contacts, ready)
        return failures

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, Contact]:
        """See `ContactStore.of_claims`."""
        if not claim_ids:
            return {}
        with store_errors():
            documents = list(self._contacts.find({"_id": {"$in": list(claim_ids)}}))
        return {document["_id"]: _contact(document) for document in documents}


def _document(contact: Contact) -> Document:
    fields = asdict(contact)
    return {"_id": fields.pop("claim_id"), **fields}


def _contact(document: dict[str, Any]) -> Contact:
    return Contact(claim_id=document.pop("_id"), **document)
