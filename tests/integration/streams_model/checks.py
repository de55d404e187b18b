"""What is true of a group at any moment, however its pollers came and went."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from streams.group.keys import GroupKeys
from streams.parking.parked_events import ParkedEvents

Order = tuple[int, int]

PARKED_MAX = 1_000


def order_of(entry_id: str) -> Order:
    """What sorts as the stream does."""
    first, _, second = entry_id.partition("-")
    return int(first), int(second or 0)


def check_order(ids: Iterable[str], keys: Mapping[str, str]) -> None:
    """The first time of each entry of a key comes in the stream's order. `keys` tells an id's key."""
    told = list(ids)
    latest: dict[str, Order] = {}
    for entry_id in dict.fromkeys(told):
        key = keys[entry_id]
        assert latest.get(key, (0, 0)) < order_of(entry_id), f"{key}: {entry_id} after {latest[key]}, in {told}"
        latest[key] = order_of(entry_id)


def check_parked(redis: Any, keys: GroupKeys) -> None:
    """What is told of the parked stream agrees with it, and each entry is in it once."""
    events = ParkedEvents(redis, keys.stream, keys.group).entries(limit=PARKED_MAX)
    counts = {key.decode(): int(count) for key, count in redis.hgetall(keys.parked_keys).items()}
    ids = {name.decode(): parked.decode() for name, parked in redis.hgetall(keys.parked_ids).items()}
    assert counts == Counter(event.key for event in events)
    assert len(ids) == len(events), "an entry is parked twice"
    assert ids == {event.source_id: event.parked_id for event in events}


def is_quiet(redis: Any, keys: GroupKeys) -> bool:
    """Whether nothing is pending, nothing parked, and nothing left to read."""
    groups = {info["name"].decode(): info for info in redis.xinfo_groups(keys.stream)}
    group = groups.get(keys.group)
    if group is None or group["pending"] or redis.xlen(keys.parked):
        return False
    return not redis.xrange(keys.stream, f"({group['last-delivered-id'].decode()}", "+", count=1)
