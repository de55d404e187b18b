"""One entry of a stream, and what is told of it to a handler."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.json_text import loads

PARTITION_KEY = "aggregate_id"
_FIRST_MILLISECONDS = 10**12  # an id `<milliseconds>-<n>`, as `XADD *` gives, and not a counter: it is after 2001


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry delivered to us. `order` sorts as the stream does; entries of one `key` are handled in that order.

    `delivery_count` is 1 at the first delivery, `size` the bytes of the event.
    """

    entry_id: str
    order: tuple[int, int]
    key: str
    event: dict[str, Any]
    delivery_count: int
    size: int = 0

    @property
    def timestamp_ms(self) -> int | None:
        """When it happened: the event's `timestamp` (ISO 8601), else the time in an id that `XADD *` gave."""
        told = self.event.get("timestamp")
        if isinstance(told, str):
            return _milliseconds(told)
        return self.order[0] if self.order[0] >= _FIRST_MILLISECONDS else None


def to_entry(
    entry_id: bytes, fields: Mapping[bytes, bytes], delivery_count: int, partition_key: str = PARTITION_KEY
) -> Entry:
    """Decode an entry as redis-py gives it (bytes).

    The field `event` holds JSON; its `position` is the first part of the id. An entry without that field has its
    fields as the event. One that is not readable goes to the handler as `{"unreadable": fields}`, and the handler will
    report it: it must not be lost here. The key is the event's `partition_key`, a text or a whole number; the entry's
    own id where it has none.
    """
    name = entry_id.decode()
    first, second = name.split("-")
    event = _decode(fields, int(first))
    key = _key_text(event.get(partition_key))
    return Entry(
        entry_id=name,
        order=(int(first), int(second)),
        key=name if key is None else key,
        event=event,
        delivery_count=delivery_count,
        size=sum(map(len, fields.values())),
    )


def _key_text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    return value if value.isprintable() or _is_text(value) else None


def _is_text(value: str) -> bool:
    """Whether it can be written at all: JSON may name half a character, which no encoding has."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _decode(fields: Mapping[bytes, bytes], position: int) -> dict[str, Any]:
    if b"event" not in fields:
        return _texts(fields)
    try:
        event = loads(fields[b"event"])
    except (ValueError, RecursionError):  # the last: nested deeper than the parser goes
        event = None
    if not isinstance(event, dict):
        event = {"unreadable": _texts(fields)}
    event.setdefault("position", position)
    return event


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    return {name.decode(errors="replace"): text.decode(errors="replace") for name, text in fields.items()}


def _milliseconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
