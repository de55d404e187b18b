"""The ways of consuming a stream that are measured. Each handles all records and returns."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import orjson
from redis import Redis

from tests.bench.consuming.note import Notes

BATCH_SIZE = 100
GROUP = "bench"
READING: dict[str, Any] = {"max_records": BATCH_SIZE, "last_id": ">"}  # of FastStream
QUIET: dict[str, Any] = {"logger": None}  # a line a batch would be measured too


def bare_loop(url: str, stream: str, notes: Notes) -> None:
    """XREADGROUP, a JSON parser, XACK: what nothing can beat, and what keeps no promise once something fails."""
    redis: Any = Redis.from_url(url, protocol=2)
    redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    while not notes.is_done:
        for _, entries in redis.xreadgroup(GROUP, "one", {stream: ">"}, count=BATCH_SIZE, block=500) or []:
            for _, fields in entries:
                notes.record(orjson.loads(fields[b"event"]))
            redis.xack(stream, GROUP, *(entry_id for entry_id, _ in entries))


def poller_with_batch_handler(url: str, stream: str, notes: Notes) -> None:
    """The poller, its handler given the batch."""

    def handler(batch: Any) -> None:
        for record in batch["Records"]:
            notes.record(record["event"])

    _poll(url, stream, notes, handler)


def poller_with_record_handler(url: str, stream: str, notes: Notes) -> None:
    """The poller, its handler a function of one record, which reports its failures one by one."""

    def handler(batch: Any) -> dict[str, Any]:
        failures = []
        for record in batch["Records"]:
            try:
                notes.record(record["event"])
            except Exception:  # noqa: BLE001 (what a per-record handler does with any failure)
                failures.append({"itemIdentifier": record["eventID"]})
        return {"batchItemFailures": failures}

    _poll(url, stream, notes, handler)


def _poll(url: str, stream: str, notes: Notes, handler: Callable[[Any], Any]) -> None:
    from streams.mapping import EventSourceMapping
    from streams.poller import Poller

    stop = threading.Event()

    def observe(_: object) -> None:
        if notes.is_done:
            stop.set()

    mapping = EventSourceMapping("Bench", stream, GROUP, batch_size=BATCH_SIZE, bisect=True, partial_responses=True)
    Poller(Redis.from_url(url, protocol=2), mapping, handler, consumer="one", observe=observe).run(stop)


def faststream_batches(url: str, stream: str, notes: Notes) -> None:
    """FastStream, its subscriber given the batch."""
    from faststream.redis import RedisBroker, StreamSub

    broker = RedisBroker(url, **QUIET)

    @broker.subscriber(stream=StreamSub(stream, group=GROUP, consumer="one", batch=True, **READING))  # type: ignore[untyped-decorator,unused-ignore]
    async def handle(events: list[dict[str, Any]]) -> None:
        for event in events:
            notes.record(event)

    asyncio.new_event_loop().run_until_complete(_until_done(broker, url, stream, notes))


def faststream_singles(url: str, stream: str, notes: Notes) -> None:
    """FastStream, its subscriber a function of one record."""
    from faststream.redis import RedisBroker, StreamSub

    broker = RedisBroker(url, **QUIET)

    @broker.subscriber(stream=StreamSub(stream, group=GROUP, consumer="one", **READING))  # type: ignore[untyped-decorator,unused-ignore]
    async def handle(event: dict[str, Any]) -> None:
        notes.record(event)

    asyncio.new_event_loop().run_until_complete(_until_done(broker, url, stream, notes))


async def _until_done(broker: Any, url: str, stream: str, notes: Notes) -> None:
    # Made by FastStream itself the group would begin at the end of the stream.
    Redis.from_url(url).xgroup_create(stream, GROUP, id="0", mkstream=True)
    await broker.start()
    while not notes.is_done:
        await asyncio.sleep(0.02)  # and no stop, which can wait for ever for the read under way


CONTENDERS: dict[str, Callable[[str, str, Notes], None]] = {
    "bare loop": bare_loop,
    "poller, batch handler": poller_with_batch_handler,
    "poller, record handler": poller_with_record_handler,
    "FastStream, batches": faststream_batches,
    "FastStream, singles": faststream_singles,
}
