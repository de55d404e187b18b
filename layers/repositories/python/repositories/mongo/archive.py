"""The archive on MongoDB: `event_store.events`, `_id` = `<claim_id>:<version>`.

Two unique keys guard history: `_id`, one event a version, and `position`, one event a place in the log. Two more
indexes find a claim and a request. There is none for type and time: each index costs a fifth of the write speed on the
embedded server, and the kept totals tell between which positions a type or a day lies.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, IndexModel, MongoClient

from envelope import Envelope
from envelope.errors import UnreadableError
from repositories.errors import ForkError, StoreUnavailableError
from repositories.mongo.archive_checkpoints import CHECKPOINT_ID, DATABASE, MongoArchiveCheckpoints
from repositories.mongo.archive_documents import describe_last, id_of, to_document, to_envelope, to_fact
from repositories.mongo.client import Document, insert_new, store_errors, to_raw
from repositories.mongo.kept_totals import KeptTotals
from repositories.mongo.position_pages import (
    EMPTY,
    WINDOW_COUNT_MIN,
    fill_page,
    read_indexed_page,
    read_windows,
    time_condition,
    windows_up,
)
from repositories.ports.archive import Checkpoint, EventFilter, VersionKey
from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place

INDEXES = (
    IndexModel([("position", ASCENDING)], unique=True),
    IndexModel([("aggregate_id", ASCENDING), ("version", ASCENDING)]),
    IndexModel([("correlation_id", ASCENDING), ("position", ASCENDING)]),
)


class MongoArchive:
    """An Archive."""

    def __init__(self, client: MongoClient[Document], database: str = DATABASE) -> None:
        self._events = client[database]["events"]
        self._checkpoints = MongoArchiveCheckpoints(client, database)
        self._kept = KeptTotals(self._events, client[database]["checkpoints"], CHECKPOINT_ID, to_fact, describe_last)
        self._has_indexes = False

    def append(self, envelopes: Sequence[Envelope]) -> Mapping[VersionKey, Exception]:
        """See `ArchiveWriter.append`."""
        self._refuse_when_forked()
        self._make_indexes()
        ready, failures = _encode(envelopes)
        documents = [document for document, _ in ready]
        refused = insert_new(self._events, [raw for _, raw in ready])
        forks = self._forks_among([documents[index] for index in refused])
        if forks:
            # The checkpoint stays: a person finds history as it was when it split.
            self._checkpoints.record_fork(list(forks.values()))
            return {**failures, **forks}
        self._kept.advance(documents)
        return failures

    def checkpoint(self) -> Checkpoint | None:
        """See `ArchiveWriter.checkpoint`."""
        return self._checkpoints.read()

    def begins_after(self) -> int:
        """See `ArchiveWriter.begins_after`."""
        return self._checkpoints.begins_after()

    def begin_after(self, position: int) -> None:
        """See `ArchiveWriter.begin_after`."""
        self._kept.skip_to(position, {"event_id": "", "event_hash": "", "begins_after": position})
        self._kept.advance([])

    def holds(self, keys: Collection[VersionKey]) -> set[VersionKey]:
        """See `ArchiveWriter.holds`."""
        if not keys:
            return set()
        by_id = {id_of(*key): key for key in keys}
        with store_errors():
            return {by_id[found["_id"]] for found in self._events.find({"_id": {"$in": list(by_id)}}, {"_id": 1})}

    def of_aggregate(
        self,
        aggregate_id: str,
        *,
        after_version: int = 0,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Sequence[Envelope]:
        """See `ArchiveReader.of_aggregate`."""
        versions: Document = {"$gt": after_version}
        if up_to_version is not None:
            versions["$lte"] = up_to_version
        with store_errors():
            cursor = self._events.find({"aggregate_id": aggregate_id, "version": versions}).sort("version", ASCENDING)
            return [to_envelope(document) for document in _until(cursor, up_to_timestamp)]

    def list(self, wanted: EventFilter, place: Place, limit: int) -> Page[Envelope]:
        """See `ArchiveReader.list`."""
        after = max(place.position or 0, wanted.from_position - 1)
        page = (
            self._page_of_request(wanted, after, place.skip, limit)
            if wanted.correlation_id is not None
            else self._page_of_history(wanted, after, place.skip, limit)
        )
        return Page([to_envelope(document) for document in page.items], page.next)

    def totals(self) -> HistoryTotals:
        """See `ArchiveReader.totals`."""
        return self._kept.current()

    def _page_of_request(self, wanted: EventFilter, after: int, skip: int, limit: int) -> Page[Document]:
        match = {**_match(wanted), "correlation_id": wanted.correlation_id, "position": {"$gt": after}}
        return read_indexed_page(self._events, match, ASCENDING, skip, limit)

    def _page_of_history(self, wanted: EventFilter, after: int, skip: int, limit: int) -> Page[Document]:
        kept = self._kept.read()
        match = _match(wanted)
        if not match and after + skip <= kept.position:
            after, skip = after + skip, 0  # without a filter, the gapless part has one event a position
        size = max(WINDOW_COUNT_MIN, 4 * limit) if match else limit + 1
        span = kept.totals.span(wanted.event_type, wanted.from_timestamp, wanted.to_timestamp) or EMPTY
        windows = windows_up(span, after, kept.position, size)
        read = read_windows(self._events, match, ASCENDING, skip + limit + 1)
        return fill_page(windows, read, ASCENDING, skip, limit)

    def _refuse_when_forked(self) -> None:
        fork = self._checkpoints.fork()
        if fork is not None:
            raise ForkError(f"the archive is stopped: {fork}")

    def _make_indexes(self) -> None:
        if not self._has_indexes:
            with store_errors():
                self._events.create_indexes(list(INDEXES))
            self._has_indexes = True

    def _forks_among(self, refused: Sequence[Document]) -> dict[VersionKey, ForkError]:
        """Those of the refused documents that the archive holds differently."""
        stored = self._stored([document["_id"] for document in refused])
        return {
            (document["aggregate_id"], document["version"]): self._fork(document, stored.get(document["_id"]))
            for document in refused
            if stored.get(document["_id"]) != document
        }

    def _stored(self, ids: Sequence[str]) -> dict[str, Document]:
        if not ids:
            return {}
        with store_errors():
            return {document["_id"]: document for document in self._events.find({"_id": {"$in": list(ids)}})}

    def _fork(self, document: Document, same_version: Document | None) -> ForkError:
        with store_errors():
            other = same_version or self._events.find_one({"position": document["position"]})
        if other is None:
            raise StoreUnavailableError(f"{document['_id']} was refused as a duplicate of nothing: deliver it again")
        return ForkError(
            f"position {document['position']}, {document['_id']}: event {document['event_id']} came where the archive"
            f" has event {other['event_id']} of {other['_id']} at position {other['position']}"
        )


def _encode(
    envelopes: Sequence[Envelope],
) -> tuple[list[tuple[Document, RawBSONDocument]], dict[VersionKey, Exception]]:
    """Documents with their wire form, and the events that have none."""
    ready: list[tuple[Document, RawBSONDocument]] = []
    failures: dict[VersionKey, Exception] = {}
    for envelope in envelopes:
        try:
            document = to_document(envelope)
            ready.append((document, to_raw(document)))
        except UnreadableError as error:
            failures[envelope.aggregate_id, envelope.version] = error
    return ready, failures


def _match(wanted: EventFilter) -> Document:
    """The part of the filter that is not about position or correlation."""
    conditions = {
        "event_type": wanted.event_type,
        "timestamp": time_condition(wanted.from_timestamp, wanted.to_timestamp) or None,
    }
    return {name: condition for name, condition in conditions.items() if condition is not None}


def _until(documents: Iterator[Document], up_to_timestamp: datetime | None) -> Iterator[Document]:
    for document in documents:
        if up_to_timestamp is not None and document["timestamp"] > up_to_timestamp:
            return
        yield document
