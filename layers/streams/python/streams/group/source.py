"""One consumer of one group, in Redis's own commands. Source: the pages of XREADGROUP, XPENDING, XCLAIM and XACK."""

import logging
from collections.abc import Iterable, Mapping, Set
from typing import Any

from redis import Redis

from streams.entry import Entry, to_entry
from streams.group.scripts import register
from streams.mapping import EventSourceMapping

logger = logging.getLogger(__name__)

PAGE = 500


class GroupSource:
    """What a poller asks of a stream. Raises redis.exceptions.ConnectionError when the server is away."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, consumer: str) -> None:
        # redis-py types every answer as a union over protocols and settings; ours are bytes.
        self._redis: Any = redis
        self._partition_key = mapping.partition_key
        self._keep_alive = register(redis, "keep_alive-1")
        self._deliver_again = register(redis, "deliver_again-1")
        self.stream = mapping.stream
        self.group = mapping.group
        self.consumer = consumer

    def read_new(self, count: int, block_ms: int) -> list[Entry]:
        """Entries never delivered to the group, oldest first; waits at most `block_ms` milliseconds for the first."""
        block = {"block": block_ms} if block_ms > 0 else {}  # BLOCK 0 would wait for ever
        answer = self._redis.xreadgroup(self.group, self.consumer, {self.stream: ">"}, count=count, **block)
        return [self._to_entry(entry_id, fields, 1) for _, page in _pairs(answer) for entry_id, fields in page]

    def pending(self, idle_ms_min: int) -> list[Entry]:
        """Every entry that is pending with us, and those of others that were idle for `idle_ms_min` milliseconds.

        Oldest first, not counted as a delivery: that is `deliver_again`.
        """
        self._claim_idle(idle_ms_min)
        entries: list[Entry] = []
        counts: dict[str, int] = {}
        while page := self._pending_page(after=next(reversed(counts), None)):
            counts.update(page)
            entries.extend(self._read(page))
        gone = counts.keys() - {entry.entry_id for entry in entries}
        self._tell_deleted(gone)
        self.acknowledge(gone)
        return entries

    def deliver_again(self, entry_ids: Iterable[str]) -> list[Entry]:
        """Read pending entries of ours once more; Redis counts the delivery and resets their idle time.

        What is not ours any more, because another consumer took it over or has done it, is left out and left alone.
        """
        wanted = list(entry_ids)
        entries: list[Entry] = []
        gone: set[str] = set()
        nobodys: set[str] = set()
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            answers = self._deliver_again(keys=[self.stream], args=[self.group, self.consumer, *page])
            for entry_id, (count, content) in zip(page, answers, strict=True):
                if content:
                    fields = dict(zip(content[::2], content[1::2], strict=True))
                    entries.append(self._to_entry(entry_id.encode(), fields, count))
                elif count > 0:
                    gone.add(entry_id)
                elif count < 0:
                    nobodys.add(entry_id)
        self._tell_deleted(gone)
        self.acknowledge(gone)
        if nobodys:
            # Another consumer may have done them after a take-over; or our consumer was deleted, and they with it.
            facts = {"group": self.group, "entry_ids": sorted(nobodys)}
            logger.error(
                "entries to be delivered again are pending no more; nobody here acknowledged them", extra=facts
            )
        return entries

    def acknowledge(self, entry_ids: Iterable[str]) -> None:
        """Tell the group that these are done."""
        ids = list(entry_ids)
        if ids:
            self._redis.xack(self.stream, self.group, *ids)

    def others_left_some(self, idle_ms_min: int) -> bool:
        """Whether another consumer has entries on which nobody has worked for `idle_ms_min` milliseconds."""
        start = "-"
        while page := self._redis.xpending_range(self.stream, self.group, start, "+", PAGE, idle=idle_ms_min):
            if any(item["consumer"].decode() != self.consumer for item in page):
                return True
            start = f"({page[-1]['message_id'].decode()}"
        return False

    def keep_alive(self) -> None:
        """Tell that we still work on what is pending with us, so that no other consumer takes it over."""
        start: bytes = b"-"
        while last := self._keep_alive(keys=[self.stream], args=[self.group, self.consumer, start, PAGE]):
            start = b"(" + last

    def _claim_idle(self, idle_ms_min: int) -> None:
        # redis-py drops XAUTOCLAIM's cursor under JUSTID, and without JUSTID the take-over would count as a delivery.
        start = "-"
        while page := self._redis.xpending_range(self.stream, self.group, start, "+", PAGE, idle=idle_ms_min):
            ids = [item["message_id"].decode() for item in page]
            self._redis.xclaim(self.stream, self.group, self.consumer, idle_ms_min, ids, justid=True)
            start = f"({ids[-1]}"

    def _pending_page(self, after: str | None) -> dict[str, int]:
        return self._times_delivered(f"({after}" if after else "-", "+")

    def _times_delivered(self, first: str, last: str) -> dict[str, int]:
        page = self._redis.xpending_range(self.stream, self.group, first, last, PAGE, consumername=self.consumer)
        return {item["message_id"].decode(): item["times_delivered"] for item in page}

    def _read(self, counts: Mapping[str, int]) -> list[Entry]:
        pipeline = self._redis.pipeline(transaction=False)
        for entry_id in counts:
            pipeline.xrange(self.stream, entry_id, entry_id)
        found = (entry for answer in pipeline.execute() for entry in answer)
        return [self._to_entry(entry_id, fields, counts[entry_id.decode()]) for entry_id, fields in found]

    def _to_entry(self, entry_id: bytes, fields: Mapping[bytes, bytes], delivery_count: int) -> Entry:
        return to_entry(entry_id, fields, delivery_count, self._partition_key)

    def _tell_deleted(self, entry_ids: Set[str]) -> None:
        if entry_ids:
            # Redis drops a pending entry whose content is gone. Nothing can be delivered, so it must at least be heard.
            logger.error("pending entries were deleted", extra={"stream": self.stream, "entry_ids": sorted(entry_ids)})


def _pairs(answer: Any) -> Iterable[tuple[bytes, Any]]:
    """XREADGROUP's answer: a list of pairs under RESP2, a mapping of pages under RESP3."""
    if isinstance(answer, dict):
        return [(stream, [entry for page in pages for entry in page]) for stream, pages in answer.items()]
    return answer or []
