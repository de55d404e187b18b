"""An entry as a line for people, or as JSON for programs. Pure."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from local.logs.entries import Entry, Level

_COLOURS: dict[Level, str] = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "1;31"}
_OF_PROCESSES = ("36", "35", "34", "96", "95", "94", "92", "93")
_DIM, _BOLD = "2", "1"
# Shown elsewhere in the line, or of use to nobody who reads along.
_UNSHOWN = frozenset(
    {
        "claim_id", "correlation_id", "duration_ms", "event_type", "exception", "function", "function_request_id",
        "location", "method", "route", "service", "stack_trace", "status", "trace", "xray_trace_id",
    }
)  # fmt: skip
# Cursor movements, colours and right-to-left marks: what somebody sent must not act on the reader's terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Style:
    """`process_width`: the longest name of a process. On a terminal times go without their date."""

    process_width: int = 0
    coloured: bool = False
    dated: bool = True


def lines_of(entry: Entry, style: Style) -> Iterator[str]:
    """The entry's line, and below it, indented, what belongs to it."""
    paint = _painter(style.coloured)
    message = paint(_safe(entry.message), _DIM if entry.is_lambdas else _BOLD)
    parts = [
        paint(_time(entry, dated=style.dated), _DIM),
        paint(f"{entry.level.upper():8}"[:8], _COLOURS[entry.level]),
        paint(entry.process.ljust(style.process_width), _colour_of(entry.process)),
        "  ".join([message, *_told(entry, paint)]),
    ]
    yield " ".join(parts).rstrip()
    for line in (*entry.more, *_traces(entry)):
        yield paint(f"    {_safe(line)}", _DIM)


def json_of(entry: Entry) -> str:
    """The entry as one JSON object: process, timestamp, level, message, its facts, and `more` where lines follow it."""
    told: dict[str, Any] = {
        "process": entry.process,
        "timestamp": _iso(entry.at) if entry.at else None,
        "level": entry.level,
        "message": entry.message,
        **entry.facts,
    }
    if entry.more:
        told["more"] = list(entry.more)
    return orjson.dumps(told).decode()


def _told(entry: Entry, paint: "Paint") -> Iterator[str]:
    """What the line says beside its message, the same kinds of facts in the same order."""
    if method := entry.fact("method"):
        yield _safe(f"{method} {entry.fact('route') or ''} {entry.fact('status') or ''}".rstrip())
    if event_type := entry.fact("event_type"):
        yield _safe(event_type)
    if (duration_ms := entry.facts.get("duration_ms")) is not None:
        yield f"{duration_ms:.1f} ms" if isinstance(duration_ms, int | float) else _safe(str(duration_ms))
    for name in ("claim_id", "correlation_id"):
        if value := entry.fact(name):
            yield paint(_safe(value), _DIM)
    rest = [f"{name}={_value(value)}" for name, value in entry.facts.items() if name not in _UNSHOWN]
    if rest:
        yield paint(_safe("  ".join(rest)), _DIM)


def _traces(entry: Entry) -> Iterator[str]:
    for name in ("exception", "trace"):
        if value := entry.fact(name):
            yield from value.splitlines()


def _value(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _safe(text: str) -> str:
    """The text in one line, without anything that a terminal obeys."""
    if text.isprintable():
        return text
    shown = text.replace("\n", "\\n").replace("\t", " ")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", shown)


def _time(entry: Entry, *, dated: bool) -> str:
    if not entry.at:
        return ""
    moment = _iso(entry.at)
    return moment if dated else moment[11:26]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _colour_of(process: str) -> str:
    """The same for all processes of a service, and for good."""
    service = process.partition("-")[0]
    return _OF_PROCESSES[zlib.crc32(service.encode()) % len(_OF_PROCESSES)]


class Paint:
    """Puts a colour around a text."""

    def __call__(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if text else text


class NoPaint(Paint):
    """Leaves it as it is."""

    def __call__(self, text: str, colour: str) -> str:  # noqa: ARG002 (as Paint has it)
        return text


def _painter(coloured: bool) -> Paint:
    return Paint() if coloured else NoPaint()
