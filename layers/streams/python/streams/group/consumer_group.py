"""The life of a consumer group: made once, made again where it stood, watched for loss, left tidy."""

import logging
from dataclasses import dataclass
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import ResponseError

from streams.entry import to_entry
from streams.errors import EntriesLostError
from streams.group.keys import GroupKeys
from streams.group.scripts import register
from streams.mapping import EventSourceMapping

logger = logging.getLogger(__name__)

PAGE = 500
ZERO = (0, 0)


class Checkpoints(Protocol):
    """A copy of the group's checkpoint that outlives the stream's server."""

    def load(self) -> str | None:
        """The id up to which everything was done on this very stream; None where that is not known."""

    def save(self, entry_id: str) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """How far the group is: the last id delivered, and the oldest that is not acknowledged."""

    delivered: tuple[int, int]
    oldest_pending: tuple[int, int] | None


class ConsumerGroup:
    """What concerns the group as a whole. Raises redis.exceptions.RedisError."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, checkpoints: Checkpoints | None = None) -> None:
        self._redis: Any = redis  # redis-py types every answer as a union over protocols and settings; ours are bytes
        self._mapping = mapping
        self._keys = GroupKeys(mapping.stream, mapping.group)
        self._checkpoints = checkpoints
        self._saved: tuple[str, str] | None = None
        self._oldest: tuple[object, tuple[int, int] | None] = (None, None)
        self._create = register(redis, "create_group-1")
        self._save_script = register(redis, "save_checkpoint-1")
        self._remove_consumer = register(redis, "remove_consumer-1")

    def ensure(self) -> None:
        """Create the group unless it is there: where it stood before, else at the mapping's starting position.

        Where it stood is asked first, so that a group that was lost is never made again at the end of the stream.
        Raises EntriesLostError where what it had not done yet is gone.
        """
        if self._exists():
            return
        checkpoint = self._checkpoint()
        if checkpoint is not None:
            self._check_kept_since(checkpoint)
        start = checkpoint or self._starting_id()
        if not self._create(keys=[self._mapping.stream], args=[self._mapping.group, start]):
            return  # another poller was quicker
        logger.warning("the group was created", extra={"group": self._mapping.group, "after": start})
        if checkpoint is None and start == "0":
            self._tell_trimmed()
        self._save(start)

    def check_nothing_lost(self) -> None:
        """Raise EntriesLostError when entries were trimmed or deleted that this group never read.

        Raises ResponseError where the stream or the group is gone, as reading from it would.

        Counts rather than ids tell it, because ids may have gaps: of a stream's `entries-added`, those no longer in its
        `length` are gone, and the group must have read at least as many.
        """
        stream = self._redis.xinfo_stream(self._mapping.stream)
        group = self._info()
        gone, read = stream["entries-added"] - stream["length"], group["entries-read"]
        deleted_unread = _order(stream["max-deleted-entry-id"]) > _order(group["last-delivered-id"])
        if deleted_unread or (read is not None and gone > read):
            raise EntriesLostError(
                f"{gone} entries of {self._mapping.stream} are gone, but {self._mapping.group} has read only {read}, "
                f"up to {group['last-delivered-id'].decode()}; restore the log before going on"
            )

    def save_checkpoint(self) -> None:
        """Keep how far everything is done.

        Beside the stream itself that is up to what is pending: what is parked is on the same server, and stays parked.
        The copy elsewhere is for the loss of that server, and so stands behind what is parked, too.
        """
        stand = self._stand()
        done = _before(stand.oldest_pending) if stand.oldest_pending else stand.delivered
        self._save(f"{done[0]}-{done[1]}")

    def remove_idle_consumers(self, idle_ms_min: int, *, but: str) -> None:
        """Remove the other consumers that own nothing and were not heard of for `idle_ms_min` milliseconds."""
        for consumer in self._redis.xinfo_consumers(self._mapping.stream, self._mapping.group):
            name = consumer["name"].decode()
            if name != but and consumer["pending"] == 0 and consumer["idle"] >= idle_ms_min:
                self.remove_consumer(name)

    def is_heard(self, name: str, idle_ms_max: int) -> bool:
        """Whether a consumer of that name did anything within so many milliseconds: it beats while it works."""
        if not self._exists():
            return False
        consumers = self._redis.xinfo_consumers(self._mapping.stream, self._mapping.group)
        return any(each["name"].decode() == name and each["idle"] < idle_ms_max for each in consumers)

    def remove_consumer(self, name: str) -> bool:
        """Remove the consumer if it owns nothing; tell whether it did."""
        return bool(self._remove_consumer(keys=[self._mapping.stream], args=[self._mapping.group, name]))

    def _starting_id(self) -> str:
        match self._mapping.starting_position:
            case "LATEST":
                return self._last_id()
            case "AT_TIMESTAMP":
                return self._id_before(self._mapping.starting_timestamp_ms or 0)
            case _:
                return "0"

    def _last_id(self) -> str:
        """The last id there is. By its name, and not as `$`: it is kept as the checkpoint."""
        if not self._redis.exists(self._mapping.stream):
            return "0"
        name: str = self._redis.xinfo_stream(self._mapping.stream)["last-generated-id"].decode()
        return name

    def _id_before(self, timestamp_ms: int) -> str:
        """The last id before the first entry that is not older. Every entry is looked at: ids need not tell time."""
        last = "0"
        start = "-"
        while page := self._redis.xrange(self._mapping.stream, start, "+", count=PAGE):
            for entry_id, fields in page:
                happened_ms = to_entry(entry_id, fields, 0).timestamp_ms
                if happened_ms is not None and happened_ms >= timestamp_ms:
                    return last
                last = entry_id.decode()
            start = f"({last}"
        return last

    def _checkpoint(self) -> str | None:
        kept, stream = self._redis.hmget(self._keys.checkpoint, "entry_id", "stream")
        is_ours = stream == self._mapping.stream.encode()  # a group of this name may have read another stream before
        found: str | None = kept.decode() if is_ours else self._checkpoints.load() if self._checkpoints else None
        if found is None:
            return None
        if _order(found.encode()) <= _order(self._last_id().encode()):
            return found
        # The stream was made anew: behind a checkpoint that is ahead of it, the group would never see what comes.
        return "0"

    def _exists(self) -> bool:
        return bool(self._redis.exists(self._mapping.stream)) and self._find() is not None

    def _check_kept_since(self, checkpoint: str) -> None:
        """Raise EntriesLostError where entries behind the checkpoint may have been trimmed."""
        if not self._redis.exists(self._mapping.stream):
            return
        stream = self._redis.xinfo_stream(self._mapping.stream)
        first = _order(stream["first-entry"][0]) if stream["first-entry"] else None
        begins = first or _order(stream["last-generated-id"])
        if stream["entries-added"] > stream["length"] and begins > _next(_order(checkpoint.encode())):
            raise EntriesLostError(
                f"{self._mapping.group} had done everything up to {checkpoint} before it was lost, and "
                f"{self._mapping.stream} now begins at {begins[0]}-{begins[1]}; restore the log before going on"
            )

    def _tell_trimmed(self) -> None:
        """As on Lambda, the trim horizon is the oldest entry there is; what is gone must at least be heard."""
        stream = self._redis.xinfo_stream(self._mapping.stream)
        if gone := stream["entries-added"] - stream["length"]:
            facts = {"group": self._mapping.group, "stream": self._mapping.stream, "entries": gone}
            logger.error(
                "the stream was trimmed before the group was made, which will never see what is gone", extra=facts
            )

    def _save(self, done: str) -> None:
        sure = self._sure(done)
        if (done, sure) == self._saved:
            return
        self._save_script(keys=[self._keys.checkpoint], args=[done, self._mapping.stream])
        if self._checkpoints is not None:
            self._checkpoints.save(sure)
        self._saved = (done, sure)

    def _sure(self, done: str) -> str:
        """What is done even if the server is lost, and what is parked there with it."""
        oldest_parked = self._oldest_parked() if self._checkpoints else None
        if oldest_parked is None or oldest_parked > _order(done.encode()):
            return done
        first, second = _before(oldest_parked)
        return f"{first}-{second}"

    def _stand(self) -> _Stand:
        # Delivered first: what is read in between is then only pending, and the checkpoint stays behind it.
        delivered = _order(self._info()["last-delivered-id"])
        oldest = self._redis.xpending(self._mapping.stream, self._mapping.group)["min"]
        return _Stand(delivered, _order(oldest) if oldest else None)

    def _oldest_parked(self) -> tuple[int, int] | None:
        """Looked up again only where something was parked or taken out since: there may be very many."""
        if not self._redis.exists(self._keys.parked):
            return None
        stream = self._redis.xinfo_stream(self._keys.parked)
        state = (stream["last-generated-id"], stream["length"], stream["max-deleted-entry-id"])
        if state != self._oldest[0]:
            self._oldest = state, min(map(_order, self._redis.hkeys(self._keys.parked_ids)), default=None)
        return self._oldest[1]

    def _info(self) -> Any:
        found = self._find()
        if found is None:
            raise ResponseError(f"NOGROUP {self._mapping.group} is gone from {self._mapping.stream}")
        return found

    def _find(self) -> Any:
        groups = self._redis.xinfo_groups(self._mapping.stream)
        return next((info for info in groups if info["name"].decode() == self._mapping.group), None)


def _order(entry_id: bytes) -> tuple[int, int]:
    first, _, second = entry_id.decode().partition("-")
    return int(first), int(second or 0)


def _before(order: tuple[int, int]) -> tuple[int, int]:
    """The largest id below this one."""
    if order <= (0, 1):
        return ZERO
    return (order[0], order[1] - 1) if order[1] else (order[0] - 1, 2**64 - 1)


def _next(order: tuple[int, int]) -> tuple[int, int]:
    """The first id of the next number: ids that are positions are `<position>-0`."""
    return (order[0] + 1, 0)
