"""Parked events without personal data, for callers of whom nothing is known.

Masked is what is not known to be harmless: an event that nobody could read may hold anything.
"""

import re
from typing import Any

MASK = "***"
DEPTH_MAX = 50
_SHOWN = frozenset({"id", "timestamp", "type", "status", "urgency", "channel", "language", "source", "source_id"})
_SHOWN_ENDS = ("_id", "_type", "_at")
# Bounded: without an @ an unbounded one would look at each stretch of a long trace once for each of its characters.
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]{1,100}@[^\s@<>\"'(),;:]+")
_PHONE = re.compile(r"(?<![\w-])(?:\+\d[\d ]{6,18}\d|0\d(?:[ .-]?\d\d){4})(?![\w-])")
# PostgreSQL repeats the row that it refuses.
_ROW = re.compile(r"(DETAIL: ).*")


def masked_event(shown: dict[str, Any]) -> dict[str, Any]:
    """A parked event's JSON form, with its event's texts and what its errors repeat of them masked."""
    masked = masked_summary(shown)
    retry = masked["last_retry"]
    return {
        **masked,
        "trace": masked_text(shown["trace"]),
        "last_retry": retry and {**retry, "trace": masked_text(shown["last_retry"]["trace"] or "")},
        "event": _masked(shown["event"], is_shown=False),
    }


def masked_summary(shown: dict[str, Any]) -> dict[str, Any]:
    """A list's line with its errors masked."""
    retry = shown["last_retry"]
    return {
        **shown,
        "error": masked_text(shown["error"]),
        "last_retry": retry and {**retry, "error": masked_text(retry["error"] or "")},
    }


def masked_retry(shown: dict[str, Any]) -> dict[str, Any]:
    """A retry's JSON form with its error masked; None where it did not fail."""
    return {**shown, "error": shown["error"] and masked_text(shown["error"])}


def masked_text(text: str) -> str:
    """An error's text or trace without addresses, telephone numbers and rows of a table."""
    for pattern, mask in ((_EMAIL, MASK), (_PHONE, MASK), (_ROW, rf"\1{MASK}")):
        text = pattern.sub(mask, text)
    return text


def _masked(value: Any, *, is_shown: bool, depth: int = 0) -> Any:
    if depth > DEPTH_MAX:
        return MASK
    if isinstance(value, dict):
        return {name: _masked(item, is_shown=_is_shown(name), depth=depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, is_shown=is_shown, depth=depth + 1) for item in value]
    return value if is_shown or not isinstance(value, str) else MASK


def _is_shown(name: str) -> bool:
    return name in _SHOWN or name.endswith(_SHOWN_ENDS)
