"""Snapshots on MongoDB: `event_store.snapshots`, `_id` = `<claim_id>:<version>`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, MongoClient

from repositories.mongo.archive_checkpoints import DATABASE
from repositories.mongo.client import Document, store_errors, to_raw
from repositories.ports.snapshots import Snapshot


class MongoSnapshots:
    """A Snapshots."""

    def __init__(self, client: MongoClient[Document], database: str = DATABASE) -> None:
        self._snapshots = client[database]["snapshots"]
        self._has_indexes = False

    def save(self, snapshot: Snapshot) -> bool:
        """See `Snapshots.save`."""
        self._make_indexes()
        document = _to_document(snapshot)
        with store_errors():
            result = self._snapshots.replace_one({"_id": document["_id"]}, to_raw(document), upsert=True)
        return result.matched_count == 0

    def newest(
        self,
        aggregate_id: str,
        *,
        schema: str | None = None,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Snapshot | None:
        """See `Snapshots.newest`."""
        match: Document = {"aggregate_id": aggregate_id}
        if schema is not None:
            match["schema"] = schema
        if up_to_version is not None:
            match["version"] = {"$lte": up_to_version}
        if up_to_timestamp is not None:
            match["newest_timestamp"] = {"$lte": up_to_timestamp}
        with store_errors():
            document = self._snapshots.find_one(match, sort=[("version", DESCENDING)])
        return _to_snapshot(document) if document else None

    def list(self, *, limit: int, offset: int = 0) -> Sequence[Snapshot]:
        """See `Snapshots.list`."""
        with store_errors():
            cursor = self._snapshots.find({}).sort([("created_at", DESCENDING), ("_id", ASCENDING)])
            return [_to_snapshot(document) for document in cursor.skip(offset).limit(limit)]

    def count(self) -> int:
        """See `Snapshots.count`."""
        with store_errors():
            return self._snapshots.estimated_document_count()

    def _make_indexes(self) -> None:
        if not self._has_indexes:
            with store_errors():
                self._snapshots.create_index([("aggregate_id", ASCENDING), ("version", DESCENDING)])
                self._snapshots.create_index([("created_at", DESCENDING), ("_id", ASCENDING)])
            self._has_indexes = True


def _to_document(snapshot: Snapshot) -> Document:
    return {"_id": f"{snapshot.aggregate_id}:{snapshot.version}", **asdict(snapshot)}


def _to_snapshot(document: Document) -> Snapshot:
    return Snapshot(**{name: value for name, value in document.items() if name != "_id"})
