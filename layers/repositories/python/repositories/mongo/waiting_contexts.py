"""WaitingContexts on MongoDB: `integration.waiting_contexts`, `_id` = the claim's id, indexed by `due_at`."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from repositories.mongo.client import Document, insert_new, store_errors
from repositories.ports.waiting_contexts import WantedContext

DATABASE = "integration"
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class MongoWaitingContexts:
    """A WaitingContexts."""

    def __init__(self, database: Database[Document]) -> None:
        self._waiting = database["waiting_contexts"]

    def create_indexes(self) -> None:
        """Make the index that is not there yet. Raises StoreUnavailableError."""
        with store_errors():
            self._waiting.create_indexes([IndexModel("due_at")])

    def add(self, wanted: Sequence[WantedContext], due_at: datetime) -> None:
        """See WaitingContexts."""
        insert_new(self._waiting, [_document(each, due_at) for each in wanted])

    def due(self, now: datetime, limit: int) -> list[WantedContext]:
        """See WaitingContexts."""
        # Both bounds and no order: the embedded server reads all that an open or a sorted range matches.
        with store_errors():
            found = list(self._waiting.find({"due_at": {"$gte": _BEGINNING, "$lte": now}}).limit(limit))
        return [_wanted(document) for document in found]

    def put_off(self, claim_id: str, due_at: datetime) -> None:
        """See WaitingContexts."""
        with store_errors():
            self._waiting.update_one({"_id": claim_id}, {"$set": {"due_at": due_at}, "$inc": {"attempts": 1}})

    def remove(self, claim_ids: Collection[str]) -> None:
        """See WaitingContexts."""
        if claim_ids:
            with store_errors():
                self._waiting.delete_many({"_id": {"$in": list(claim_ids)}})

    def count(self) -> int:
        """See WaitingContexts."""
        with store_errors():
            return self._waiting.estimated_document_count()


def _document(wanted: WantedContext, due_at: datetime) -> Document:
    fields = asdict(wanted)
    if not wanted.metadata:
        del fields["metadata"]
    return {"_id": fields.pop("claim_id"), **fields, "due_at": due_at}


def _wanted(document: dict[str, Any]) -> WantedContext:
    document.pop("due_at")
    return WantedContext(claim_id=document.pop("_id"), **document)
