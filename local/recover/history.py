"""All events of the log and of the archive, by position, a page at a time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from redis import Redis

from envelope import Envelope, from_json
from envelope.errors import UnreadableError
from local.recover.runs import Runs
from repositories.ports.archive import ArchiveReader, EventFilter
from repositories.ports.pages import Place
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import LogKeys

PAGE_COUNT = 1_000

Told = Callable[[int], None]
"""Is told the position that was reached."""


def archived_pages(archive: ArchiveReader) -> Iterator[list[Envelope]]:
    """What the archive has, oldest first. Raises StoreUnavailableError."""
    place: Place | None = Place()
    while place is not None:
        page = archive.list(EventFilter(), place, PAGE_COUNT)
        yield list(page.items)
        place = page.next


def logged_pages(client: "Redis", keys: LogKeys, first: int = 1, last: int | None = None) -> Iterator[list[Envelope]]:
    """What the log has from position `first` to `last`, oldest first. Raises StoreUnavailableError, UnreadableError."""
    start, end = f"{first}-0", "+" if last is None else f"{last}-0"
    while True:
        with translated_errors():
            entries: Any = client.xrange(keys.all_events, start, end, count=PAGE_COUNT)
        if not entries:
            return
        yield [_read(fields, int(entry_id.split(b"-")[0])) for entry_id, fields in entries]
        start = "(" + entries[-1][0].decode()


def events_in_claims(client: "Redis", keys: LogKeys, wanted: Runs) -> Iterator[Envelope]:
    """What the claims' own streams have of those positions, in no order: they keep what is trimmed elsewhere."""
    redis: Any = client
    with translated_errors():
        for name in redis.scan_iter(f"{escaped(keys.claim(''))}*", count=PAGE_COUNT, _type="stream"):
            for _, fields in redis.xrange(name):
                position = int(fields[b"position"])
                if position in wanted:
                    yield _read(fields, position)


def _read(fields: Mapping[bytes, bytes], position: int) -> Envelope:
    try:
        return from_json(fields[b"event"], position)
    except (KeyError, UnreadableError) as error:
        raise UnreadableError(f"the log's entry at position {position} cannot be read: {error}") from error


def escaped(name: str) -> str:
    """As a pattern that means the name itself."""
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in name)


def side_by_side(
    logged: Iterator[Envelope], archived: Iterator[Envelope]
) -> Iterator[tuple[int, Envelope | None, Envelope | None]]:
    """Each position that either has, with what the log and what the archive has there."""
    left, right = next(logged, None), next(archived, None)
    while left is not None or right is not None:
        position = min(event.position or 0 for event in (left, right) if event is not None)
        here = left if left is not None and left.position == position else None
        there = right if right is not None and right.position == position else None
        yield position, here, there
        left = next(logged, None) if here is not None else left
        right = next(archived, None) if there is not None else right
