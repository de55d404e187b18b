"""A stream, its group, the pollers that come and go, and what must be true of them at any moment."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.exceptions import ResponseError

from streams.clock import ManualClock
from streams.group.keys import GroupKeys
from streams.mapping import EventSourceMapping
from streams.parking.parked_events import ParkedEvents
from streams.poller import Poller
from tests.integration.streams_model.checks import PARKED_MAX, Order, check_order, check_parked, is_quiet, order_of
from tests.integration.streams_model.fuse import Fuse, fused_client
from tests.integration.streams_model.model_function import NOT_NOW, ModelFunction, Style

WANTED = json.dumps({"event": {"wanted": [True]}})
BACKOFF_S_MAX = 31.0
TURNS_MAX = 1_000


class Died(BaseException):
    """The poller's process is gone. No `except Exception` may hear of it, as none hears of SIGKILL."""


@dataclass(frozen=True)
class Appended:
    """An entry that was added; the filter lets it through if `wanted`."""

    key: str
    wanted: bool


class CopiedCheckpoint:
    """The copy of the group's checkpoint beside the server: here it outlives every poller, as a file would."""

    def __init__(self) -> None:
        self._kept: str | None = None

    def load(self) -> str | None:
        """See streams.group.consumer_group.Checkpoints."""
        return self._kept

    def save(self, entry_id: str) -> None:
        """See streams.group.consumer_group.Checkpoints."""
        self._kept = entry_id


class World:
    """The real server on one side, what we know must come of it on the other."""

    def __init__(self, redis_url: str, style: Style, **properties: Any) -> None:
        name = uuid4().hex
        metadata: dict[str, Any] = {
            "Stream": f"stream:{name}",
            "Group": f"group-{name}",
            "TransientErrorTypes": [NOT_NOW],
        }
        metadata["FilterCriteria"] = {"Filters": [{"Pattern": WANTED}]}
        if style != "raises":
            metadata["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
        self.mapping = EventSourceMapping.from_metadata("F", metadata | properties)
        self.clock = ManualClock()
        self.fuse = Fuse(_die)
        self.function = ModelFunction(style, self.fuse.step)
        self.appended: dict[str, Appended] = {}
        self.discarded: set[str] = set()
        self.copied_checkpoint = CopiedCheckpoint()
        self.redis: Any = Redis.from_url(redis_url)
        self.keys = GroupKeys(self.mapping.stream, self.mapping.group)
        self.parked = ParkedEvents(self.redis, self.mapping.stream, self.mapping.group, self.clock)
        self._redis_url = redis_url
        self._client: Redis | None = None
        self._poller: Poller | None = None
        self._numbers = count(1)

    # What happens

    def append(self, key: str, wanted: bool, age_s: float) -> str:
        """Add an event of the key that happened so many seconds ago."""
        entry_id = f"{next(self._numbers)}-0"
        happened_s = self.clock.now_ms() / 1000 - age_s
        event = {"aggregate_id": key, "wanted": wanted, "timestamp": _iso(happened_s)}
        self.redis.xadd(self.mapping.stream, {"event": json.dumps(event)}, id=entry_id)
        self.appended[entry_id] = Appended(key, wanted)
        return entry_id

    def turn(self, consumer: str) -> None:
        """One turn of the poller; where there is none, another process starts first."""
        try:
            if self._poller is None:
                self._start(consumer)
            assert self._poller is not None
            self._turn_or_start_again(self._poller)
        except Died:
            self.lose_poller()

    def lose_poller(self) -> None:
        """The process is gone, with all that it knew."""
        self.fuse.put_out()
        if self._client is not None:
            self._client.connection_pool.disconnect()
        self._poller = self._client = None

    def lose_group(self) -> None:
        """Somebody destroys the group, and all that it knew."""
        self.redis.xgroup_destroy(self.mapping.stream, self.mapping.group)

    def trim(self) -> None:
        """Retention takes away what is behind the group and its checkpoint; where the group is missing, nothing."""
        kept = self.redis.hget(self.keys.checkpoint, "entry_id")
        if kept and (undone := self._oldest_unacknowledged()) is not None:
            first, second = min(undone, order_of(kept.decode()))
            self.redis.xtrim(self.mapping.stream, minid=f"{first}-{second}", approximate=False)

    def discard(self, place: int) -> None:
        """A person gives up one of those that are parked."""
        if parked := self.parked.entries(limit=PARKED_MAX):
            event = parked[place % len(parked)]
            self.parked.discard(event.source_id, "of no use", "the model")
            self.discarded.add(event.source_id)

    def drain(self) -> None:
        """Everything is mended; go on until nothing is left to do."""
        self.fuse.put_out()
        self.function.poisoned.clear()
        self.function.mood = "well"
        for _ in range(TURNS_MAX):
            self.turn("one")
            if is_quiet(self.redis, self.keys):
                return
            self.clock.advance(BACKOFF_S_MAX)
            self.parked.request_retry(None, "the model")
        raise AssertionError(f"it never comes to an end: {self._open_ends()}")

    def close(self) -> None:
        """Leave nothing on the server."""
        self.lose_poller()
        self.redis.delete(self.mapping.stream, *self.redis.keys(f"*{self.mapping.group}*"))
        self.redis.close()

    # What must be true

    def check(self) -> None:
        """What is true at any moment."""
        key_of = {entry_id: appended.key for entry_id, appended in self.appended.items()}
        for ids in (self.function.effects, self.function.completed):
            # What a person gave up may come again after the group was lost, behind what was parked after it.
            check_order([entry_id for entry_id in ids if entry_id not in self.discarded], key_of)
        check_parked(self.redis, self.keys)
        self.check_acknowledged()
        self.check_checkpoint()

    def check_acknowledged(self) -> None:
        """Nothing was acknowledged that was neither done nor parked nor given up nor kept out."""
        if (group := self._group()) is None:
            return
        delivered = order_of(group["last-delivered-id"].decode())
        known = self._accounted_for() | {event.source_id for event in self.parked.entries(limit=PARKED_MAX)}
        pending = self._pending()
        lost = [name for name in self.appended if order_of(name) <= delivered and name not in pending | known]
        assert not lost, f"acknowledged, and nobody did them: {lost}"

    def check_checkpoint(self) -> None:
        """A group made again at its checkpoint has nothing undone behind it, but for what stays parked on the server.

        The copy is for the loss of the server, and of what is parked there: it has nothing undone behind it at all.
        """
        done = self._accounted_for()
        parked = {event.source_id for event in self.parked.entries(limit=PARKED_MAX)}
        if kept := self.redis.hget(self.keys.checkpoint, "entry_id"):
            assert self._up_to(kept.decode()) <= done | parked, f"undone, and behind the checkpoint {kept.decode()}"
        if copy := self.copied_checkpoint.load():
            assert self._up_to(copy) <= done, f"undone, and behind the copied checkpoint {copy}"

    def _up_to(self, entry_id: str) -> set[str]:
        return {name for name in self.appended if order_of(name) <= order_of(entry_id)}

    def check_all_done(self) -> None:
        """At the end: every entry that the filter lets through was done or given up, and nothing is left over."""
        self.check()
        done = set(self.function.completed)
        wanted = {name for name, appended in self.appended.items() if appended.wanted}
        assert wanted - done - self.discarded == set(), "never done"
        assert done <= wanted, "the filter let them through"
        assert is_quiet(self.redis, self.keys), self._open_ends()

    def _accounted_for(self) -> set[str]:
        unwanted = {name for name, appended in self.appended.items() if not appended.wanted}
        return set(self.function.completed) | self.discarded | unwanted

    def _open_ends(self) -> dict[str, Any]:
        return {"group": self._group(), "pending": self._pending(), "parked": self.parked.keys()}

    def _group(self) -> Any:
        if not self.redis.exists(self.mapping.stream):
            return None
        groups = {info["name"].decode(): info for info in self.redis.xinfo_groups(self.mapping.stream)}
        return groups.get(self.mapping.group)

    def _pending(self) -> set[str]:
        if self._group() is None:
            return set()
        page = self.redis.xpending_range(self.mapping.stream, self.mapping.group, "-", "+", 10_000)
        return {item["message_id"].decode() for item in page}

    def _oldest_unacknowledged(self) -> Order | None:
        if (group := self._group()) is None:
            return None
        first, second = order_of(group["last-delivered-id"].decode())
        return min([(first, second + 1), *map(order_of, self._pending())])

    def _start(self, consumer: str) -> None:
        self._client = fused_client(self._redis_url, self.fuse)
        self._poller = Poller(
            self._client,
            self.mapping,
            self.function,
            consumer=consumer,
            clock=self.clock,
            checkpoints=self.copied_checkpoint,
            idle_ms_min=0,
        )
        self._poller.start()

    def _turn_or_start_again(self, poller: Poller) -> None:
        try:
            poller.poll_once(wait_s=0)
        except ResponseError:  # as `Poller.run` does: the group is gone
            poller.start()


def _die() -> None:
    raise Died


def _iso(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
