"""How far the archive on MongoDB is, and whether it is sound: `event_store.checkpoints`."""

from collections.abc import Sequence

from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

from envelope import utc_now
from repositories.errors import ForkError
from repositories.mongo.client import Document, store_errors
from repositories.ports.archive import Checkpoint

DATABASE = "event_store"
CHECKPOINT_ID = "archive"
FORK_ID = "fork"


class MongoArchiveCheckpoints:
    """An ArchiveCheckpoints."""

    def __init__(self, client: MongoClient[Document], database: str = DATABASE) -> None:
        self._checkpoints = client[database]["checkpoints"]

    def read(self) -> Checkpoint | None:
        """See `ArchiveCheckpoints.read`."""
        with store_errors():
            found = {each["_id"]: each for each in self._checkpoints.find({"_id": {"$in": [CHECKPOINT_ID, FORK_ID]}})}
        if FORK_ID in found:
            raise ForkError(found[FORK_ID]["detail"])
        checkpoint = found.get(CHECKPOINT_ID)
        if checkpoint is None:
            return None
        return Checkpoint(checkpoint["position"], checkpoint["event_id"], checkpoint["event_hash"])

    def fork(self) -> str | None:
        """See `ArchiveCheckpoints.fork`."""
        with store_errors():
            document = self._checkpoints.find_one({"_id": FORK_ID})
        return document["detail"] if document else None

    def begins_after(self) -> int:
        """See `ArchiveWriter.begins_after`."""
        with store_errors():
            checkpoint = self._checkpoints.find_one({"_id": CHECKPOINT_ID}, {"begins_after": 1})
        return int(checkpoint.get("begins_after", 0)) if checkpoint else 0

    def record_fork(self, forks: Sequence[ForkError]) -> None:
        """Write the first fork down; a later one changes nothing, because the first is what a person looks for."""
        document = {"_id": FORK_ID, "detail": str(forks[0]), "found_count": len(forks), "found_at": utc_now()}
        try:
            with store_errors():
                self._checkpoints.insert_one(document)
        except DuplicateKeyError:
            return
