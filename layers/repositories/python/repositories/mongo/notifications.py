"""Notifications on MongoDB: `notifications.notifications`, `_id` = `<event_id>:<channel>:<recipient>`.

The `_id` is what makes a notification exist once; no other index is unique. Lists are read by position, newest first.
That of one claim, customer or request is short and is sorted when it is asked for. Any other is read window by window
of positions: the laptop's server reads all that a range matches before it sorts and limits, so an open range over
40,000 documents took seconds and a window takes milliseconds. Positions are gapless, so a window never holds many.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database

from repositories.mongo.client import Document, insert_new, store_errors
from repositories.mongo.notification_documents import changes_for, encode, to_notification
from repositories.ports.notifications import (
    Notification,
    NotificationCount,
    NotificationFilter,
    NotificationPlace,
    Outcome,
    Plan,
    Planned,
)

NEWEST_FIRST = [("position", DESCENDING), ("reference", DESCENDING)]
INDEXES = tuple(IndexModel(field) for field in ("position", "reference", "claim_id", "customer_id", "correlation_id"))
SHORT_LISTS = frozenset({"claim_id", "customer_id", "correlation_id"})
WINDOW_POSITIONS = 500  # the first; each further one is twice as wide, so that a rare kind does not take all day
WINDOW_POSITIONS_MAX = 16_000
NEWEST_ID = "newest"
COUNTING_MS_MAX = 8_000  # counting reads everything; it must end before its HTTP function is stopped


class MongoNotificationStore:
    """A NotificationStore."""

    def __init__(self, database: Database[Document]) -> None:
        self._notifications = database["notifications"]
        self._checkpoints = database["checkpoints"]
        self._noted_position: int | None = None

    def create_indexes(self) -> None:
        """Make the indexes that are not there yet. Raises StoreUnavailableError."""
        with store_errors():
            self._notifications.create_indexes(list(INDEXES))

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        """See `NotificationStore.plan`. One round trip, and a second one where some were there already."""
        ready, failures = encode(notifications)
        if not ready:
            return Plan([], failures)
        self._note_newest(max(each.position for each, _ in ready))
        there = set(insert_new(self._notifications, [raw for _, raw in ready]))
        stored = self._by_id([ready[index][0].notification_id for index in there])
        planned = [
            Planned(stored[each.notification_id], is_new=False) if index in there else Planned(each, is_new=True)
            for index, (each, _) in enumerate(ready)
        ]
        return Plan(planned, failures)

    def begin_attempts(self, notification_ids: Sequence[str]) -> None:
        """See `NotificationStore.begin_attempts`."""
        if not notification_ids:
            return
        which = {"_id": {"$in": list(notification_ids)}, "status": "pending"}
        with store_errors():
            self._notifications.update_many(which, {"$inc": {"attempts": 1}})

    def record(self, outcomes: Mapping[str, Outcome], sent_at: datetime) -> None:
        """See `NotificationStore.record`. One round trip."""
        changes = changes_for(outcomes, sent_at)
        if changes:
            with store_errors():
                self._notifications.bulk_write(changes, ordered=False)

    def unsent_of(self, claim_ids: Collection[str]) -> list[Notification]:
        """See `NotificationStore.unsent_of`. One round trip, by the index of claims."""
        if not claim_ids:
            return []
        which = {"claim_id": {"$in": list(claim_ids)}, "status": {"$in": ["pending", "failed"]}}
        with store_errors():
            return [to_notification(each) for each in self._notifications.find(which)]

    def remove(self, notification_ids: Sequence[str]) -> None:
        """See `NotificationStore.remove`."""
        if not notification_ids:
            return
        with store_errors():
            self._notifications.delete_many({"_id": {"$in": list(notification_ids)}, "status": "failed"})

    def get(self, identifier: str) -> Notification | None:
        """See `NotificationStore.get`."""
        with store_errors():
            document = self._notifications.find_one({"reference": identifier})
            document = document or self._notifications.find_one({"_id": identifier})
        return None if document is None else to_notification(document)

    def find(
        self, which: NotificationFilter, *, limit: int, offset: int = 0, after: NotificationPlace | None = None
    ) -> list[Notification]:
        """See `NotificationStore.find`."""
        match = _match(which)
        found: list[Notification] = []
        with store_errors():
            for part in self._parts(after, is_short=bool(SHORT_LISTS & match.keys())):
                page = self._read({**match, **part}, offset + limit - len(found))
                found += page[offset:]
                offset = max(offset - len(page), 0)
                if len(found) == limit:
                    break
        return found

    def counts(self) -> list[NotificationCount]:
        """See `NotificationStore.counts`."""
        kind = {"channel": "$channel", "event_type": "$event_type", "status": "$status"}
        steps = [{"$group": {"_id": kind, "count": {"$sum": 1}}}]
        with store_errors():
            rows = list(self._notifications.aggregate(steps, maxTimeMS=COUNTING_MS_MAX))
        return [NotificationCount(**row["_id"], count=row["count"]) for row in rows]

    def _read(self, match: Document, limit: int) -> list[Notification]:
        return [to_notification(each) for each in self._notifications.find(match).sort(NEWEST_FIRST).limit(limit)]

    def _parts(self, after: NotificationPlace | None, *, is_short: bool) -> Iterator[Document]:
        """Conditions that together take in everything behind `after`, newest first and each notification once."""
        if after is not None:
            yield {"position": after.position, "reference": {"$lt": after.reference}}
        if is_short:
            yield {} if after is None else {"position": {"$lt": after.position}}
        else:
            yield from self._windows(after)

    def _windows(self, after: NotificationPlace | None) -> Iterator[Document]:
        # Nothing but the range may speak of the position: any `$or` or `$nor` beside it, and the server scans all.
        width = WINDOW_POSITIONS
        # A place far beyond the newest, which no list gave out, must not be walked down to it window by window.
        low = (self._newest() if after is None else min(after.position, self._newest())) - width
        yield {"position": {"$gte": low} if after is None else {"$gte": low, "$lt": after.position}}
        while low > 0:
            high, width = low, min(2 * width, WINDOW_POSITIONS_MAX)
            low = high - width
            yield {"position": {"$gte": low, "$lt": high}}

    def _newest(self) -> int:
        """A position near the newest: the first window is open upwards, so that what is beyond it is not missed."""
        noted = self._checkpoints.find_one({"_id": NEWEST_ID})
        return noted["position"] if noted else 0

    def _note_newest(self, position: int) -> None:
        if self._noted_position is not None and position < self._noted_position + WINDOW_POSITIONS:
            return
        with store_errors():
            self._checkpoints.update_one({"_id": NEWEST_ID}, {"$max": {"position": position}}, upsert=True)
        self._noted_position = position

    def _by_id(self, notification_ids: Sequence[str]) -> dict[str, Notification]:
        if not notification_ids:
            return {}
        with store_errors():
            documents = list(self._notifications.find({"_id": {"$in": list(notification_ids)}}))
        return {document["_id"]: to_notification(document) for document in documents}


def _match(which: NotificationFilter) -> Document:
    if which.event_types is None:
        return {**which.values()}
    types = which.event_types if which.event_type is None else which.event_types & {which.event_type}
    return {**which.values(), "event_type": {"$in": sorted(types)}}
