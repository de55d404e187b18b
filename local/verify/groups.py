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

EventState = Literal["done", "in_flight", "parked", "discarded"]


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that its group has set aside; `reason` is the poller's word for why."""

    position: int
    claim_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """A group at one moment. `read_up_to` is the last position that it was ever given.

    `discarded` are positions that a person gave up. `exists` False: the group is not there, so all is
    in flight until a poller makes it again.
    """

    group: str
    exists: bool
    read_up_to: int
    pending: frozenset[int] = frozenset()
    parked: Mapping[int, Parked] = field(default_factory=dict)
    discarded: frozenset[int] = frozenset()

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

    Pending ones are read before parked ones: an event that is parked in between is then seen as both, not as done.
    """
    known = _group(redis, subscription)
    pending = _pending(redis, subscription) if known else frozenset()
    read_up_to = number_of(known["last-delivered-id"]) if known else 0
    keys = GroupKeys(subscription.stream, subscription.group)
    parked = {each.position: each for each in _set_aside(redis, keys.parked)}
    discarded = frozenset(each.position for each in _set_aside(redis, keys.discarded))
    return GroupProgress(subscription.group, known is not None, read_up_to, pending, parked, discarded)


def _group(redis: "Redis", subscription: Subscription) -> Mapping[str, Any] | None:
    try:
        groups = redis.xinfo_groups(subscription.stream)
    except ResponseError as error:
        if "no such key" in str(error):
            return None
        raise
    return next((each for each in groups if _text(each["name"]) == subscription.group), None)


def _pending(redis: "Redis", subscription: Subscription) -> frozenset[int]:
    found: set[int] = set()
    after = "-"
    while True:
        try:
            page = cast(
                "list[dict[str, Any]]",
                redis.xpending_range(subscription.stream, subscription.group, after, "+", _PAGE),
            )
        except ResponseError as error:
            if "NOGROUP" in str(error):  # destroyed since it was looked up
                return frozenset(found)
            raise
        found.update(number_of(each["message_id"]) for each in page)
        if len(page) < _PAGE:
            return frozenset(found)
        after = f"({_text(page[-1]['message_id'])}"


def _set_aside(redis: "Redis", key: str) -> Iterator[Parked]:
    """The entries of a stream of parked or discarded ones."""
    after = "-"
    while page := cast("list[Entry]", redis.xrange(key, min=after, count=_PAGE)):
        for _, fields in page:
            told = {name: fields.get(name, b"").decode(errors="replace") for name in (b"source_id", b"key", b"reason")}
            yield Parked(number_of(told[b"source_id"]), told[b"key"], told[b"reason"])
        after = f"({_text(page[-1][0])}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
