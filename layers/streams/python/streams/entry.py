"""One entry of a stream, and what is told of it to a handler."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry delivered to us. `order` sorts as the stream does; entries of one `key` are handled in that order."""

    entry_id: str
    order: tuple[int, int]
    key: str
    event: dict[str, Any]
    delivery_count: int


def to_entry(entry_id: bytes, fields: Mapping[bytes, bytes], delivery_count: int) -> Entry:
    """Decode an entry as redis-py gives it (bytes).

    The field `event` holds JSON; its `position` is the first part of the id. An entry that is not of that form goes to
    the handler as it is, which will report it: it must not be lost here.
    """
    name = entry_id.decode()
    first, second = name.split("-")
    event = _decode(fields)
    event.setdefault("position", int(first))
    key = event.get("aggregate_id")
    return Entry(
        entry_id=name,
        order=(int(first), int(second)),
        key=key if isinstance(key, str) else name,
        event=event,
        delivery_count=delivery_count,
    )


def _decode(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    try:
        event = json.loads(fields[b"event"])
    except (KeyError, ValueError, RecursionError):  # the last: nested deeper than the parser goes
        event = None
    if isinstance(event, dict):
        return event
    return {
        "unreadable": {name.decode(errors="replace"): text.decode(errors="replace") for name, text in fields.items()}
    }
