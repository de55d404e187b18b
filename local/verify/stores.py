"""What verifying reads, from all three servers. Nothing here writes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from pymongo import MongoClient
from pymongo.collection import Collection as MongoCollection
from redis import Redis
from redis.exceptions import ResponseError

from envelope import CONTEXT_VERSION, Envelope, context_id_of, from_json
from envelope.errors import UnreadableError
from local.verify.archive_bounds import ArchiveBounds
from local.verify.findings import Store
from local.verify.log import KEYS, Entry, number_of
from local.verify.read_models import NOT_COUNTED, Counters, Stand
from repositories.mongo.archive_checkpoints import CHECKPOINT_ID, DATABASE
from repositories.mongo.archive_documents import id_of, to_envelope
from repositories.mongo.audit_trail import DATABASE as AUDIT_DATABASE
from repositories.mongo.audit_trail import TOTALS_ID
from repositories.mongo.client import Document, client_for
from repositories.mongo.waiting_contexts import DATABASE as INTEGRATION_DATABASE
from repositories.ports.read_model_rows import ClaimRow
from repositories.postgres.columns import ROW_NAMES, columns
from repositories.redis_log.connection import connect

TIMEOUT_S = 30.0  # this reads much at a time, and nobody waits for it

_COLLECTIONS: Mapping[Store, tuple[str, str]] = {
    "archive": ("event_store", "events"),
    "audit": ("audit", "entries"),
    "notifications": ("notifications", "notifications"),
}
_KEPT: Mapping[Store, tuple[str, str]] = {"archive": (DATABASE, CHECKPOINT_ID), "audit": (AUDIT_DATABASE, TOTALS_ID)}
_COUNTERS = {
    "customer_stats": ("customer_stats_read_models", "customer_id"),
    "agent_stats": ("agent_stats_read_models", "agent_id"),
    "claim_type_stats": ("claim_type_stats_read_models", "claim_type"),
    "daily_trends": ("daily_trends", "day"),
    "product_stats": ("product_stats_read_models", "product_id"),
    "order_stats": ("order_stats_read_models", "order_id"),
    "order_status_stats": ("order_status_stats", "order_status"),
    "channel_stats": ("channel_stats", "channel"),
}


@dataclass(frozen=True)
class Stores:
    """The log and the document stores; the read models are opened for one snapshot at a time."""

    redis: "Redis"
    mongo: MongoClient[Document]
    postgres_url: str

    def at_positions(self, store: Store, low: int, high: int) -> dict[int, list[Document]]:
        """The documents of positions `low` to `high`, by position."""
        found: dict[int, list[Document]] = defaultdict(list)
        # Both bounds, always: the embedded server reads everything behind a single one.
        for document in self._collection(store).find({"position": {"$gte": low, "$lte": high}}):
            found[document["position"]].append(document)
        return found

    def beyond(self, store: Store, end: int, limit: int) -> list[Document]:
        """Documents whose position is after `end` or before the first."""
        collection = self._collection(store)
        found = list(collection.find({"position": {"$gt": end}}).limit(limit))
        return found + list(collection.find({"position": {"$lt": 1}}).limit(limit))

    def count(self, store: Store) -> int:
        """About how many documents there are: quick, and after a crash MongoDB may be wrong about it."""
        return self._collection(store).estimated_document_count()

    def count_between(self, store: Store, low: int, high: int) -> int:
        """How many documents stand at positions `low` to `high`."""
        return self._collection(store).count_documents({"position": {"$gte": low, "$lte": high}})

    def archive_bounds(self) -> ArchiveBounds:
        """What the archive's checkpoint says."""
        checkpoint = self.mongo[DATABASE]["checkpoints"].find_one({"_id": CHECKPOINT_ID}) or {}
        return ArchiveBounds(int(checkpoint.get("begins_after", 0)), int(checkpoint.get("position", 0)))

    def kept(self) -> dict[Store, Document]:
        """What the archive and the audit trail keep of their history, without those that keep nothing."""
        found = {store: self.mongo[name]["checkpoints"].find_one({"_id": at}) for store, (name, at) in _KEPT.items()}
        return {store: document for store, document in found.items() if document is not None}

    def contacts(self, aggregate_ids: Collection[str]) -> dict[str, Document]:
        """What these claims, and contexts of claims, told of how customers are reached, by aggregate."""
        if not aggregate_ids:
            return {}
        found = self.mongo["notifications"]["contacts"].find({"_id": {"$in": list(aggregate_ids)}})
        return {document["_id"]: document for document in found}

    def contexts(self, claim_ids: Collection[str], known: Collection[str]) -> dict[str, Envelope]:
        """The events of these claims' contexts, by claim; those that the log does not have any more from the archive.

        The archive is asked only where a context's stream was emptied, and for claims that are `known` to have one.
        """
        streams = {claim_id: KEYS.claim(context_id_of(claim_id)) for claim_id in claim_ids}
        count = self.redis.exists(*streams.values()) if streams else 0
        found = self._logged_contexts(streams) if count else {}
        elsewhere = set(known) - found.keys()
        if count > len(found):
            elsewhere |= {claim_id for claim_id, key in streams.items() if self.redis.exists(key)} - found.keys()
        return found | self._archived_contexts(elsewhere)

    def is_archived(self, claim_id: str, version: int) -> bool:
        """Whether the archive has this version of the claim."""
        return self._collection("archive").find_one({"_id": id_of(claim_id, version)}, {"_id": 1}) is not None

    def contexts_waiting(self) -> int:
        """How many claims wait for their context."""
        return self.mongo[INTEGRATION_DATABASE]["waiting_contexts"].count_documents({})

    def unplaced(self, store: Store) -> int:
        """How many documents have no number for a position. Reads the whole collection."""
        collection = self._collection(store)
        # All of them first: what is written meanwhile has a position, and must not look like one without.
        everything = collection.count_documents({})
        placed = sum(collection.count_documents({"position": bound}) for bound in ({"$gte": 1}, {"$lt": 1}))
        return max(everything - placed, 0)

    def events_before(self, claim_id: str, version: int) -> list[Envelope]:
        """A claim's events before `version`, those that its stream no longer has from the archive.

        Ends before one that cannot be read: nothing follows from what comes after it.
        """
        events: list[Envelope] = []
        entries = cast("list[Entry]", self.redis.xrange(KEYS.claim(claim_id), max=f"({version}-0"))
        kept_from = number_of(entries[0][0]) if entries else version
        trimmed = {"aggregate_id": claim_id, "version": {"$gte": 1, "$lt": kept_from}}
        archived = self._collection("archive").find(trimmed).sort("version", 1) if kept_from > 1 else ()
        try:
            events.extend(to_envelope(document) for document in archived)
            events.extend(from_json(fields[b"event"], int(fields[b"position"])) for _, fields in entries)
        except (UnreadableError, ValueError, KeyError):
            return events
        return events

    def _logged_contexts(self, streams: Mapping[str, str]) -> dict[str, Envelope]:
        pipeline = self.redis.pipeline(transaction=False)
        for key in streams.values():
            pipeline.xrange(key, count=1)
        found: dict[str, Envelope] = {}
        # A key that is no stream is told of elsewhere.
        for claim_id, entries in zip(streams, pipeline.execute(raise_on_error=False), strict=True):
            for _, fields in () if isinstance(entries, ResponseError) else cast("list[Entry]", entries):
                try:
                    found[claim_id] = from_json(fields[b"event"], int(fields[b"position"]))
                except (UnreadableError, ValueError, KeyError):
                    continue
        return found

    def _archived_contexts(self, claim_ids: Collection[str]) -> dict[str, Envelope]:
        ids = {id_of(context_id_of(claim_id), CONTEXT_VERSION): claim_id for claim_id in claim_ids}
        found: dict[str, Envelope] = {}
        for document in self._collection("archive").find({"_id": {"$in": list(ids)}}) if ids else ():
            try:
                found[ids[document["_id"]]] = to_envelope(document)
            except ValueError:
                continue
        return found

    @contextmanager
    def read_models(self) -> "Iterator[Snapshot]":
        """The read models as they are now, whatever is committed meanwhile."""
        with psycopg.connect(self.postgres_url, connect_timeout=3) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET search_path TO public")  # the snapshot is taken by the first statement
            yield Snapshot(connection)

    def _collection(self, store: Store) -> MongoCollection[Document]:
        database, name = _COLLECTIONS[store]
        return self.mongo[database][name]


class Snapshot:
    """One transaction that sees the read models of one moment."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._counters = self._read_counters()

    def stands(self, claim_ids: Collection[str]) -> dict[str, Stand]:
        """At which version the claims' rows stand, and with which context."""
        query = "SELECT claim_id, version, context_event_id FROM claim_read_models WHERE claim_id = ANY (%s)"
        found = self._connection.execute(query, (list(claim_ids),)).fetchall()
        return {claim_id: Stand(*stand) for claim_id, *stand in found}

    def rows(self, claim_ids: Sequence[str]) -> dict[str, ClaimRow]:
        """The claims' rows."""
        if not claim_ids:
            return {}
        query = sql.SQL("SELECT {} FROM claim_read_models WHERE claim_id = ANY (%s)").format(columns(ROW_NAMES))
        cursor = self._connection.cursor(row_factory=dict_row).execute(query, (list(claim_ids),))
        rows = (ClaimRow(**{**found, "history": tuple(found["history"])}) for found in cursor)
        return {row.claim_id: row for row in rows}

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Claim id, version and position of every row, in no order."""
        with self._connection.cursor(name="verify_places") as cursor:
            cursor.itersize = 10_000
            yield from cursor.execute("SELECT claim_id, version, position FROM claim_read_models")

    def counters(self) -> Counters:
        """All counters, without rows that count nothing."""
        return self._counters

    def _read_counters(self) -> Counters:
        return {name: dict(self._counter_rows(*place)) for name, place in _COUNTERS.items()}

    def _counter_rows(self, table: str, key: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
        for row in self._connection.cursor(row_factory=dict_row).execute(query):
            name = row.pop(key)
            counted = {column: _plain(value) for column, value in row.items() if column not in NOT_COUNTED}
            if counted.get("last_assignment_date") or any(v for v in counted.values() if isinstance(v, int)):
                yield name, counted


def _plain(value: Any) -> Any:
    """PostgreSQL's numeric as the whole number that it is here."""
    return int(value) if type(value).__name__ == "Decimal" else value


@contextmanager
def open_stores(redis_url: str, mongo_url: str, postgres_url: str) -> Iterator[Stores]:
    """Connect at first use; the connections end with the block."""
    redis = connect(redis_url, timeout_s=TIMEOUT_S)
    try:
        yield Stores(redis, client_for(mongo_url), postgres_url)
    finally:
        redis.close()
