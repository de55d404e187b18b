"""Text messages (SMS): kept as JSON files, found again by number."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from local.mailcatcher.kept import KeptMessages, kept_id


class InvalidTextError(Exception):
    """What was posted is no text message. `field` is what is wrong, empty for the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Text:
    """One text message; `reference` is the sender's own name for it, by which a repeat is known."""

    id: str
    to: str
    text: str
    reference: str | None
    received_at: str
    deliveries: int


class Texts:
    """The text messages of one folder, the newest last."""

    def __init__(self, folder: Path) -> None:
        self._kept = KeptMessages(folder, "json")
        self._index: dict[str, Text] = {}
        for text_id, deliveries in self._kept.all():
            for raw in deliveries:
                self._count(text_id, raw)

    def keep(self, body: bytes) -> Text:
        """Keep one posted message. Raises InvalidTextError, OSError."""
        posted = _posted(body)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        raw = orjson.dumps({**posted, "received_at": now})
        text_id = kept_id(posted["reference"])
        known = self._index.get(text_id)
        self._kept.keep(text_id, raw, known.deliveries if known else 0)
        return self._count(text_id, raw)

    def newest(self, to: str | None, limit: int) -> list[Text]:
        """At most `limit` messages, the newest first; with `to`, those of one number."""
        found = (text for text in reversed(self._index.values()) if to is None or text.to == to)
        return [text for text, _ in zip(found, range(limit), strict=False)]

    def __len__(self) -> int:
        return len(self._index)

    def clear(self) -> None:
        """Delete all."""
        self._kept.clear()
        self._index.clear()

    def _count(self, text_id: str, raw: bytes) -> Text:
        known = self._index.get(text_id)
        if known is None:
            self._index[text_id] = Text(id=text_id, deliveries=1, **orjson.loads(raw))
        else:
            self._index[text_id] = replace(known, deliveries=known.deliveries + 1)
        return self._index[text_id]


def _posted(body: bytes) -> dict[str, str | None]:
    try:
        posted = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidTextError("", "the body is not JSON") from error
    if not isinstance(posted, dict):
        raise InvalidTextError("", "the body is not a JSON object")
    reference = posted.get("reference")
    if reference is not None and not isinstance(reference, str):
        raise InvalidTextError("reference", "text is needed")
    return {"to": _text(posted, "to"), "text": _text(posted, "text"), "reference": reference or None}


def _text(posted: dict[str, object], field: str) -> str:
    value = posted.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InvalidTextError(field, "text is needed")
    return value
