"""The audit trail on MongoDB: `audit.entries`, `_id` = event_id, so that one event is on record once."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient

from envelope.errors import UnreadableError
from repositories.errors import ForkError
from repositories.mongo.client import Document, insert_new, store_errors, to_raw
from repositories.mongo.kept_totals import Kept, KeptTotals
from repositories.mongo.position_pages import (
    EMPTY,
    WINDOW_COUNT_MIN,
    fill_page,
    read_indexed_page,
    read_windows,
    time_condition,
    windows_down,
)
from repositories.ports.audit_trail import AuditEntry, AuditFilter, Recorded
from repositories.ports.history_totals import Fact, HistoryTotals
from repositories.ports.pages import Page, Place

DATABASE = "audit"
TOTALS_ID = "totals"
ENTRY_FIELDS = tuple(field.name for field in fields(AuditEntry))
SAME_EVENT = ("event_type", "aggregate_id", "version", "position", "event_timestamp", "event_data")

# None for type and time: the kept totals tell between which positions a type or a day lies.
INDEXES = (
    IndexModel([("position", ASCENDING)]),
    IndexModel([("aggregate_id", ASCENDING), ("version", ASCENDING)]),
    IndexModel([("correlation_id", ASCENDING), ("position", ASCENDING)]),
)


class MongoAuditTrail:
    """An AuditTrail."""

    def __init__(self, client: MongoClient[Document], database: str = DATABASE) -> None:
        self._entries = client[database]["entries"]
        self._kept = KeptTotals(self._entries, client[database]["checkpoints"], TOTALS_ID, _to_fact)
        self._has_indexes = False

    def record(self, entries: Sequence[AuditEntry]) -> Recorded:
        """See `AuditTrail.record`."""
        self._make_indexes()
        ready, failures = _encode(entries)
        refused = set(insert_new(self._entries, [raw for _, raw in ready]))
        new = [document for index, (document, _) in enumerate(ready) if index not in refused]
        there, forks = self._compare([ready[index][0] for index in refused])
        self._kept.advance([*new, *there])
        return Recorded(frozenset(document["event_id"] for document in new), {**failures, **forks})

    def list(self, wanted: AuditFilter, place: Place, limit: int) -> Page[AuditEntry]:
        """See `AuditTrail.list`."""
        is_indexed = wanted.correlation_id is not None or wanted.aggregate_id is not None
        page = (self._indexed_page if is_indexed else self._history_page)(_match(wanted), wanted, place, limit)
        return Page([_to_entry(document) for document in page.items], page.next)

    def of_claim(self, claim_id: str, *, after_version: int = 0, skip: int = 0, limit: int) -> Sequence[AuditEntry]:
        """See `AuditTrail.of_claim`."""
        match = {"aggregate_id": claim_id, "version": {"$gt": after_version}}
        with store_errors():
            cursor = self._entries.find(match).sort("version", ASCENDING)
            return [_to_entry(document) for document in cursor.skip(skip).limit(limit)]

    def totals(self) -> HistoryTotals:
        """See `AuditTrail.totals`."""
        return self._kept.current()

    def newest_latencies(self, count_max: int) -> Sequence[float]:
        """See `AuditTrail.newest_latencies`."""
        # Two bounds where it can be: see `position_pages`.
        oldest = self._kept.read().position - count_max
        fields_read = {"_id": 0, "processing_latency_seconds": 1}
        with store_errors():
            cursor = self._entries.find({"position": {"$gt": oldest}}, fields_read, batch_size=count_max)
            newest = cursor.sort("position", DESCENDING).limit(count_max)
            return [document["processing_latency_seconds"] for document in newest]

    def _indexed_page(self, match: Document, _: AuditFilter, place: Place, limit: int) -> Page[Document]:
        if place.position is not None:
            match = {**match, "position": {"$lt": place.position}}
        return read_indexed_page(self._entries, match, DESCENDING, place.skip, limit)

    def _history_page(self, match: Document, wanted: AuditFilter, place: Place, limit: int) -> Page[Document]:
        kept = self._kept.read()
        if not match:
            place = self._skip_at_once(place, kept)
        size = max(WINDOW_COUNT_MIN, 4 * limit) if match else limit + 1
        span = kept.totals.span(wanted.event_type, wanted.from_timestamp, wanted.to_timestamp) or EMPTY
        windows = windows_down(span, place.position, kept.position, size)
        read = read_windows(self._entries, match, DESCENDING, place.skip + limit + 1)
        return fill_page(windows, read, DESCENDING, place.skip, limit)

    def _skip_at_once(self, place: Place, kept: Kept) -> Place:
        """The same place without entries to skip: the gapless part has one a position."""
        if not place.skip or place.position is not None:
            return place
        with store_errors():
            beyond = self._entries.count_documents({"position": {"$gt": kept.position}})
        return place if place.skip < beyond else Place(kept.position + 1 - (place.skip - beyond))

    def _compare(self, refused: Sequence[Document]) -> tuple[Sequence[Document], dict[str, Exception]]:
        """The stored form of the refused entries, and those whose id is on record for another event."""
        stored = self._stored([document["_id"] for document in refused])
        forks: dict[str, Exception] = {}
        for document in refused:
            there = stored[document["_id"]]
            if any(there[name] != document[name] for name in SAME_EVENT):
                forks[document["event_id"]] = ForkError(
                    f"event id {document['event_id']} is on record for another event"
                )
        return list(stored.values()), forks

    def _stored(self, ids: Sequence[str]) -> dict[str, Document]:
        if not ids:
            return {}
        with store_errors():
            return {document["_id"]: document for document in self._entries.find({"_id": {"$in": list(ids)}})}

    def _make_indexes(self) -> None:
        if not self._has_indexes:
            with store_errors():
                self._entries.create_indexes(list(INDEXES))
            self._has_indexes = True


def _encode(entries: Sequence[AuditEntry]) -> tuple[list[tuple[Document, RawBSONDocument]], dict[str, Exception]]:
    """Documents with their wire form, and the entries that have none."""
    ready: list[tuple[Document, RawBSONDocument]] = []
    failures: dict[str, Exception] = {}
    for entry in entries:
        document = _to_document(entry)
        try:
            ready.append((document, to_raw(document)))
        except UnreadableError as error:
            failures[entry.event_id] = error
    return ready, failures


def _to_document(entry: AuditEntry) -> Document:
    return {"_id": entry.event_id, **asdict(entry)}


def _to_entry(document: Document) -> AuditEntry:
    return AuditEntry(**{name: document[name] for name in ENTRY_FIELDS})


def _to_fact(document: Document) -> Fact:
    return Fact(
        position=document["position"],
        event_type=document["event_type"],
        moment=document["event_timestamp"],
        claim_id=document["aggregate_id"],
        version=document["version"],
        latency_seconds=document["processing_latency_seconds"],
    )


def _match(wanted: AuditFilter) -> Document:
    conditions = {
        "aggregate_id": wanted.aggregate_id,
        "correlation_id": wanted.correlation_id,
        "event_type": wanted.event_type,
        "event_timestamp": time_condition(wanted.from_timestamp, wanted.to_timestamp) or None,
    }
    return {name: condition for name, condition in conditions.items() if condition is not None}
