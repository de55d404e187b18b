"""How far a group is behind its stream."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from streams.entry import Entry, to_entry


@dataclass(frozen=True)
class Lag:
    """Entries not acknowledged yet, delivered or not, and the oldest of them (None where there is none)."""

    entries: int
    oldest: Entry | None


def measure_lag(redis: Redis, stream: str, group: str) -> Lag:
    """Ask the stream. Raises redis.exceptions.RedisError. Source: the page of XINFO GROUPS."""
    client: Any = redis  # redis-py types every answer as a union over protocols and settings; ours are bytes
    info = next((info for info in client.xinfo_groups(stream) if info["name"].decode() == group), None)
    if info is None:
        return Lag(client.xlen(stream), _first(client, stream, "-"))
    # Redis cannot always tell the lag (entries deleted in the middle); then what is behind the cursor is counted.
    after = f"({info['last-delivered-id'].decode()}"
    unread = info["lag"] if info["lag"] is not None else len(client.xrange(stream, after))
    pending = client.xpending_range(stream, group, "-", "+", 1) if info["pending"] else []
    start = pending[0]["message_id"].decode() if pending else after
    return Lag(info["pending"] + unread, _first(client, stream, start) if info["pending"] + unread else None)


def _first(client: Any, stream: str, start: str) -> Entry | None:
    found = client.xrange(stream, start, count=1)
    return to_entry(found[0][0], found[0][1], 0) if found else None
