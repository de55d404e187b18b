"""What a line tells beside its message: the usual facts in their places, the others as key=value. Pure."""

from collections.abc import Iterator

import orjson

from local.logs.entries import Entry
from local.logs.paint import BOLD, DIM, Paint
from local.logs.safe import cut, safe_line

_MESSAGE_WIDTH, _SUBJECT_WIDTH, _DURATION_WIDTH = 17, 26, 9
_VALUE_LENGTH_MAX = 300
_IDS = ("claim_id", "correlation_id")
_REQUEST = ("method", "route", "status")
# Shown elsewhere in the line, or of use to nobody who reads along.
_UNSHOWN = frozenset(
    {
        *_IDS, "exception", "exception_name", "function", "function_request_id", "location", "service", "span_id",
        "stackTrace", "stack_trace", "trace", "xray_trace_id",
    }
)  # fmt: skip


def told(message: str, entry: Entry, paint: Paint) -> Iterator[str]:
    """The parts of the line from the message on; in columns where the entry is about a request, an event or a claim."""
    names = _subject_names(entry)
    duration_ms = entry.facts.get("duration_ms")
    is_timed = isinstance(duration_ms, int | float)
    ids = [_shown(entry.facts[name]) for name in _IDS if entry.facts.get(name) is not None]
    if names or is_timed or ids:
        subject = " ".join(_shown(entry.facts[name]) for name in names)
        duration = f"{duration_ms:,.1f} ms" if is_timed else ""
        yield paint(message.ljust(_MESSAGE_WIDTH), BOLD)
        yield f" {subject.ljust(_SUBJECT_WIDTH)} {duration.rjust(_DURATION_WIDTH)} "
    else:
        yield paint(message, BOLD)
    rest = [*ids, *_others(entry, {*names, *(["duration_ms"] if is_timed else [])})]
    if rest:
        yield paint(f" {'  '.join(rest)}", DIM)


def _subject_names(entry: Entry) -> tuple[str, ...]:
    """What the entry is about: `POST /claims 201`, or an event's type."""
    if all(name in entry.facts for name in _REQUEST):
        return _REQUEST
    return ("event_type",) if "event_type" in entry.facts else ()


def _others(entry: Entry, shown: set[str]) -> Iterator[str]:
    others = (name for name in entry.facts if name not in _UNSHOWN and name not in shown)
    return (f"{_shown(name)}={_shown(entry.facts[name])}" for name in others)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return cut(safe_line(text), _VALUE_LENGTH_MAX)
