"""One consumer of one group, in Redis's own commands. Source: the pages of XREADGROUP, XCLAIM, XAUTOCLAIM, XINFO."""

import logging
from collections.abc import Iterable, Mapping, Set
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from streams.entry import Entry, to_entry
from streams.errors import EntriesLostError

logger = logging.getLogger(__name__)

PAGE = 500


class GroupSource:
    """What a poller asks of a stream. Raises redis.exceptions.ConnectionError when the server is away."""

    def __init__(self, redis: Redis, stream: str, group: str, consumer: str) -> None:
        # redis-py types every answer as a union over protocols and settings; ours are bytes.
        self._redis: Any = redis
        self.stream = stream
        self.group = group
        self.consumer = consumer

    def ensure_group(self) -> None:
        """Create the group at the stream's beginning, never at `$`, unless it is there."""
        try:
            self._redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def check_nothing_lost(self) -> None:
        """Raise EntriesLostError when entries were trimmed or deleted that this group never read.

        Raises ResponseError where the stream or the group is gone, as reading from it would.

        Counts rather than ids tell it, because ids may have gaps: of a stream's `entries-added`, those no longer in its
        `length` are gone, and the group must have read at least as many.
        """
        stream = self._redis.xinfo_stream(self.stream)
        groups = {info["name"].decode(): info for info in self._redis.xinfo_groups(self.stream)}
        if self.group not in groups:
            raise ResponseError(f"NOGROUP {self.group} is gone from {self.stream}")
        group = groups[self.group]
        gone, read = stream["entries-added"] - stream["length"], group["entries-read"]
        deleted_unread = _order(stream["max-deleted-entry-id"]) > _order(group["last-delivered-id"])
        if deleted_unread or (read is not None and gone > read):
            raise EntriesLostError(
                f"{gone} entries of {self.stream} are gone, but {self.group} has read only {read}, up to "
                f"{group['last-delivered-id'].decode()}; restore the log before going on"
            )

    def read_new(self, count: int, block_ms: int) -> list[Entry]:
        """Entries never delivered to the group, oldest first; waits at most `block_ms` milliseconds for the first."""
        answer = self._redis.xreadgroup(
            self.group, self.consumer, {self.stream: ">"}, count=count, block=max(block_ms, 1)
        )
        return [to_entry(entry_id, fields, 1) for _, entries in _pairs(answer) for entry_id, fields in entries]

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
        """Read pending entries of ours once more; Redis counts the delivery and resets their idle time."""
        wanted = list(entry_ids)
        entries: list[Entry] = []
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            self._redis.xclaim(self.stream, self.group, self.consumer, 0, page, justid=False)
            entries.extend(self._read(self._delivery_counts(page)))
        self._tell_deleted(set(wanted) - {entry.entry_id for entry in entries})
        return entries

    def acknowledge(self, entry_ids: Iterable[str]) -> None:
        """Tell the group that these are done."""
        ids = list(entry_ids)
        if ids:
            self._redis.xack(self.stream, self.group, *ids)

    def _claim_idle(self, idle_ms_min: int) -> None:
        # redis-py drops XAUTOCLAIM's cursor under JUSTID, and without JUSTID the take-over would count as a delivery.
        start = "-"
        while page := self._redis.xpending_range(self.stream, self.group, start, "+", PAGE, idle=idle_ms_min):
            ids = [item["message_id"].decode() for item in page]
            self._redis.xclaim(self.stream, self.group, self.consumer, idle_ms_min, ids, justid=True)
            start = f"({ids[-1]}"

    def _pending_page(self, after: str | None) -> dict[str, int]:
        return self._times_delivered(f"({after}" if after else "-", "+")

    def _delivery_counts(self, entry_ids: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}
        start = entry_ids[0]
        while page := self._times_delivered(start, entry_ids[-1]):
            counts.update(page)
            start = f"({next(reversed(page))}"
        return {entry_id: counts[entry_id] for entry_id in entry_ids if entry_id in counts}

    def _times_delivered(self, first: str, last: str) -> dict[str, int]:
        page = self._redis.xpending_range(self.stream, self.group, first, last, PAGE, consumername=self.consumer)
        return {item["message_id"].decode(): item["times_delivered"] for item in page}

    def _read(self, counts: Mapping[str, int]) -> list[Entry]:
        pipeline = self._redis.pipeline(transaction=False)
        for entry_id in counts:
            pipeline.xrange(self.stream, entry_id, entry_id)
        found = (entry for answer in pipeline.execute() for entry in answer)
        return [to_entry(entry_id, fields, counts[entry_id.decode()]) for entry_id, fields in found]

    def _tell_deleted(self, entry_ids: Set[str]) -> None:
        if entry_ids:
            # Redis drops a pending entry whose content is gone. Nothing can be delivered, so it must at least be heard.
            logger.error("pending entries were deleted", extra={"stream": self.stream, "entry_ids": sorted(entry_ids)})


def _pairs(answer: Any) -> Iterable[tuple[bytes, Any]]:
    """XREADGROUP's answer: a list of pairs under RESP2, a mapping of pages under RESP3."""
    if isinstance(answer, dict):
        return [(stream, [entry for page in pages for entry in page]) for stream, pages in answer.items()]
    return answer or []


def _order(entry_id: bytes) -> tuple[int, int]:
    first, second = entry_id.decode().split("-")
    return int(first), int(second)
