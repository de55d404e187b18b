"""Setting entries aside, and taking them out again once they are done: the poller's side of parking."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from redis import Redis

from streams.clock import Clock
from streams.entry import Entry, to_entry
from streams.group.keys import GroupKeys
from streams.group.scripts import register
from streams.invoking.outcome import Failure
from streams.json_text import dumps, loads
from streams.lanes.attempt import Parking
from streams.mapping import EventSourceMapping

logger = logging.getLogger(__name__)

PAGE = 500
REDRIVE_ENTRIES_MAX = 5_000  # taken into memory at once; what is beyond comes at the next look
FIELD = b"field:"
NETSTRINGS = b"netstrings"


@dataclass(frozen=True, slots=True)
class Redrive:
    """One key's parked entries to be handed over again, in order, with their ids in the parked stream."""

    key: str
    entries: list[Entry]
    parked_ids: list[str]


@dataclass(slots=True)
class Parked:
    """What came of parkings: those that were parked, and the entries that were free to go on, by key."""

    parkings: list[Parking] = field(default_factory=list)
    free: dict[str, list[Entry]] = field(default_factory=dict)


class ParkingPlace:
    """The parked stream of one group. Raises redis.exceptions.RedisError."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, consumer: str, clock: Clock) -> None:
        self._redis: Any = redis  # redis-py types every answer as a union over protocols and settings; ours are bytes
        self._mapping = mapping
        self._consumer = consumer
        self._clock = clock
        self._keys = GroupKeys(mapping.stream, mapping.group)
        self._park = register(redis, "park_entries-4")
        self._release = register(redis, "release_parked-4")

    def keys(self) -> list[str]:
        """The keys of which something is parked."""
        return [key.decode() for key in self._redis.hkeys(self._keys.parked_keys)]

    def park(self, parkings: Sequence[Parking]) -> Parked:
        """Copy the entries to the parked stream and acknowledge them. Oldest first within a key."""
        result = Parked()
        for start in range(0, len(parkings), PAGE):
            page = parkings[start : start + PAGE]
            for parking, answer in zip(page, self._run(page), strict=True):
                self._note(parking, answer.decode(), result)
        return result

    def requested_keys(self) -> set[str]:
        """The keys that people asked to be handed over again."""
        requests = self._redis.hgetall(self._keys.retry)
        return {key.decode() for key, request in requests.items() if loads(request).get("state") == "requested"}

    def requested(self, keys: set[str]) -> list[Redrive]:
        """What of these keys is to be handed over again, key by key, oldest first within a key."""
        wanted = keys & self.requested_keys()
        if not wanted:
            return []
        found = self._entries_of(wanted)
        if missing := list(wanted - found.keys()):
            counts = self._redis.hmget(self._keys.parked_keys, missing)
            # The others are only further back than we looked.
            over = [key for key, parked in zip(missing, counts, strict=True) if parked is None]
            if over:
                self._redis.hdel(self._keys.retry, *over)
        return list(found.values())

    def still_parked(self, redrive: Redrive, count: int) -> Redrive:
        """Without those of its first `count` that were discarded meanwhile."""
        pipeline = self._redis.pipeline(transaction=False)
        for parked_id in redrive.parked_ids[:count]:
            pipeline.xrange(self._keys.parked, parked_id, parked_id)
        there = [*map(bool, pipeline.execute()), *([True] * len(redrive.parked_ids[count:]))]
        return Redrive(redrive.key, list(compress(redrive.entries, there)), list(compress(redrive.parked_ids, there)))

    def release(self, redrive: Redrive, done: int) -> int:
        """The first `done` of them are done: take them out. Returns how many of the key are still parked."""
        left = int(self._release(keys=self._release_keys(), args=[redrive.key, *redrive.parked_ids[:done]]))
        if left <= 0:
            self._redis.hdel(self._keys.retry, redrive.key)
        return left

    def refuse(self, redrive: Redrive, place: int, failure: Failure) -> None:
        """The entry at `place` failed again: say so, to be seen by who asked, and keep it and what is behind it."""
        now_ms = self._clock.now_ms()
        told = {"failed_at_ms": now_ms, "error_type": failure.error_type, "error": failure.message}
        parked_id = redrive.parked_ids[place]
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hset(self._keys.retried, parked_id, dumps({**told, "trace": failure.trace}))
        pipeline.hset(self._keys.retry, redrive.key, dumps({"state": "failed", "parked_id": parked_id, **told}))
        pipeline.execute()
        facts = {"group": self._mapping.group, "key": redrive.key, "parked_id": parked_id, "error": failure.message}
        logger.error("a parked entry failed again", extra=facts)

    def _run(self, page: Sequence[Parking]) -> Any:
        arguments: list[Any] = [self._mapping.group, self._consumer, self._clock.now_ms()]
        for parking in page:
            failure = parking.failure
            arguments += [parking.entry.entry_id, parking.entry.key, parking.reason, failure.error_type]
            arguments += [failure.message, failure.trace, parking.attempts]
        names = [self._mapping.stream, self._keys.parked, self._keys.parked_keys, self._keys.parked_ids]
        return self._park(keys=names, args=arguments)

    def _note(self, parking: Parking, answer: str, result: Parked) -> None:
        entry = parking.entry
        facts = {"group": self._mapping.group, "entry_id": entry.entry_id, "key": entry.key}
        match answer:
            case "free":
                result.free.setdefault(entry.key, []).append(entry)
            case "gone":
                logger.error("an entry to be parked was deleted", extra=facts)
            case "other":
                logger.warning("an entry to be parked is another consumer's by now", extra=facts)
            case parked_id:
                result.parkings.append(parking)
                failure = parking.failure
                why = {"reason": parking.reason, "error_type": failure.error_type, "error": failure.message}
                logger.error("entry parked", extra={**facts, **why, "parked_id": parked_id})

    def _entries_of(self, wanted: set[str]) -> dict[str, Redrive]:
        found: dict[str, Redrive] = {}
        count = 0
        start = "-"
        while count < REDRIVE_ENTRIES_MAX and (page := self._redis.xrange(self._keys.parked, start, "+", count=PAGE)):
            for parked_id, fields in page:
                key = fields[b"key"].decode()
                if key in wanted:
                    redrive = found.setdefault(key, Redrive(key, [], []))
                    redrive.entries.append(self._original(fields))
                    redrive.parked_ids.append(parked_id.decode())
                    count += 1
            start = f"({page[-1][0].decode()}"
        return found

    def _original(self, fields: dict[bytes, bytes]) -> Entry:
        """The entry as it was in its stream."""
        return to_entry(
            fields[b"source_id"],
            original_fields(fields),
            int(fields[b"attempts"]) + 1,
            self._mapping.partition_key,
        )

    def _release_keys(self) -> list[str]:
        return [self._keys.parked, self._keys.parked_keys, self._keys.parked_ids, self._keys.retried]


def original_fields(parked: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The fields that the entry had in its stream."""
    if NETSTRINGS in parked:
        values = _split(parked[NETSTRINGS])
        return dict(zip(values[::2], values[1::2], strict=True))
    return {name.removeprefix(FIELD): value for name, value in parked.items() if name.startswith(FIELD)}


def _split(netstrings: bytes) -> list[bytes]:
    """Each is `<bytes>:<content>,`: how park_entries-4.lua writes the fields of an entry that has very many."""
    values, at = [], 0
    while at < len(netstrings):
        colon = netstrings.index(b":", at)
        at = colon + 1 + int(netstrings[at:colon])
        values.append(netstrings[colon + 1 : at])
        at += 1
    return values
