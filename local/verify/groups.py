"""How far each group is: which events it has done, which are in flight, which are parked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from redis import Redis
from redis.exceptions import ResponseError

from local.verify.log import Entry, number_of
from local.verify.subscribers import Subscription
from streams.group.keys import GroupKeys

_PAGE = 1_000

Fields = Mapping[bytes, bytes]
EventState = Literal["done", "in_flight", "parked", "discarded"]


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that its group has set aside; `reason` is the poller's word for why."""

    position: int
    claim_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """An event that a person gave up, and why."""

    position: int
    claim_id: str
    discarded_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """A group at one moment. `read_up_to` is the last position that it was ever given.

    `pending` tells how often each was delivered, 1 at first. `exists` False: the group is not there, so all is in
    flight until a poller makes it again. `checkpoint` is where it would be made again, None where that is not kept.
    """

    group: str
    exists: bool
    read_up_to: int
    pending: Mapping[int, int] = field(default_factory=dict)
    parked: Mapping[int, Parked] = field(default_factory=dict)
    discarded: Mapping[int, Discarded] = field(default_factory=dict)
    checkpoint: int | None = None

    @property
    def done_to(self) -> int:
        """Up to which position it has acknowledged everything."""
        return min([self.read_up_to, *(position - 1 for position in self.pending)])

    def state_of(self, position: int) -> EventState:
        """Whether the group is done with the event: then it must have had its effect."""
        if position in self.parked:
            return "parked"
        if position > self.read_up_to or position in self.pending:
            return "in_flight"
        return "discarded" if position in self.discarded else "done"

    def in_flight_count(self, end: int) -> int:
        """How many events up to position `end` it has not acknowledged."""
        unread = max(end - self.read_up_to, 0)
        return unread + sum(position <= end for position in self.pending)


def read_progress(redis: "Redis", subscription: Subscription) -> GroupProgress:
    """Where the group is now.

    Pending ones are read before parked ones: an event that is parked in between is then seen as both, not as done. The
    checkpoint, which follows the group, is read before it.
    """
    checkpoint = _checkpoint(redis, subscription)
    known = _group(redis, subscription)
    pending = _pending(redis, subscription) if known else {}
    read_up_to = number_of(known["last-delivered-id"]) if known else 0
    keys = GroupKeys(subscription.stream, subscription.group)
    parked = {each.position: each for each in map(_parked, _entries(redis, keys.parked))}
    discarded = {each.position: each for each in map(_discarded, _entries(redis, keys.discarded))}
    return GroupProgress(subscription.group, known is not None, read_up_to, pending, parked, discarded, checkpoint)


def _checkpoint(redis: "Redis", subscription: Subscription) -> int | None:
    key = GroupKeys(subscription.stream, subscription.group).checkpoint
    stream, entry_id = cast("list[bytes | None]", redis.hmget(key, ["stream", "entry_id"]))
    if entry_id is None or stream != subscription.stream.encode():
        return None
    return number_of(entry_id)


def _group(redis: "Redis", subscription: Subscription) -> Mapping[str, Any] | None:
    try:
        groups = redis.xinfo_groups(subscription.stream)
    except ResponseError as error:
        if "no such key" in str(error):
            return None
        raise
    return next((each for each in groups if _text(each["name"]) == subscription.group), None)


def _pending(redis: "Redis", subscription: Subscription) -> dict[int, int]:
    found: dict[int, int] = {}
    after = "-"
    while True:
        try:
            page = cast(
                "list[dict[str, Any]]",
                redis.xpending_range(subscription.stream, subscription.group, after, "+", _PAGE),
            )
        except ResponseError as error:
            if "NOGROUP" in str(error):  # destroyed since it was looked up
                return found
            raise
        found.update((number_of(each["message_id"]), each["times_delivered"]) for each in page)
        if len(page) < _PAGE:
            return found
        after = f"({_text(page[-1]['message_id'])}"


def _entries(redis: "Redis", key: str) -> Iterator[Fields]:
    """The entries of a stream of parked or discarded ones."""
    after = "-"
    while page := cast("list[Entry]", redis.xrange(key, min=after, count=_PAGE)):
        yield from (fields for _, fields in page)
        after = f"({_text(page[-1][0])}"


def _parked(fields: Fields) -> Parked:
    return Parked(number_of(fields[b"source_id"]), _told(fields, b"key"), _told(fields, b"reason"))


def _discarded(fields: Fields) -> Discarded:
    by, why = _told(fields, b"discarded_by"), _told(fields, b"discard_reason")
    return Discarded(number_of(fields[b"source_id"]), _told(fields, b"key"), by, why)


def _told(fields: Fields, name: bytes) -> str:
    return fields.get(name, b"").decode(errors="replace")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
