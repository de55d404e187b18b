"""An entry as lines for people, as JSON for programs, or as it stands in the file. Pure.

What somebody sent must not act on the reader's terminal: nothing that a terminal obeys is left in what goes to one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from local.logs.entries import Entry, Level
from local.logs.facts import told
from local.logs.paint import DIM, Paint, colour_of_process, no_paint
from local.logs.safe import cut, safe_json, safe_line

_LEVELS: dict[Level, tuple[str, str]] = {
    "debug": ("DEBUG", "2"),
    "info": ("INFO ", "32"),
    "warning": ("WARN ", "33"),
    "error": ("ERROR", "31"),
    "critical": ("CRIT ", "1;31"),
}
_TRACES = ("exception", "trace", "stackTrace")
_MORE_INDENT = "    "
_MORE_LINES_MAX = 200


@dataclass(frozen=True, slots=True)
class Style:
    """`process_width`: the longest name of a process. On a terminal times go without their date."""

    process_width: int = 0
    is_of_one: bool = False
    is_terminal: bool = False
    paint: Paint = no_paint


def lines_of(entry: Entry, style: Style) -> Iterator[str]:
    """The entry's line, and below it, indented, what belongs to it."""
    first, *rest = entry.message.split("\n")
    if not entry.is_rest:
        yield _line(entry, first, style)
    more = [*rest, *entry.more, *_traces(entry)]
    for line in more[:_MORE_LINES_MAX]:
        yield style.paint(_MORE_INDENT + cut(safe_line(line)), DIM)
    if len(more) > _MORE_LINES_MAX:
        yield style.paint(f"{_MORE_INDENT}… ({len(more) - _MORE_LINES_MAX:,} more lines)", DIM)


def raw_lines_of(entry: Entry, style: Style) -> Iterator[str]:
    """The lines as they stand in the file, behind their process's name where they are not all of one."""
    name = "" if style.is_of_one else f"{safe_line(entry.process)} | "
    first = () if entry.is_rest else (entry.line,)
    for line in (*first, *entry.more):
        yield name + (safe_line(line) if style.is_terminal else line)


def json_of(entry: Entry) -> str:
    """The entry as one JSON object: process, timestamp, level, message, its facts, and `more` where lines follow it."""
    shown: dict[str, Any] = {"process": entry.process}
    if entry.at:
        shown["timestamp"] = iso(entry.at)
    shown |= {"level": entry.level, "message": entry.message}
    shown |= {name: value for name, value in entry.facts.items() if name not in shown}
    if entry.more:
        shown["more"] = list(entry.more)
    return safe_json(orjson.dumps(shown).decode())


def iso(at: float) -> str:
    """`2026-01-31T12:00:00.123456Z`"""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _line(entry: Entry, message: str, style: Style) -> str:
    level, colour = _LEVELS[entry.level]
    parts = [
        style.paint(_time(entry, dated=not style.is_terminal), DIM),
        style.paint(level, colour),
        style.paint(safe_line(entry.process).ljust(style.process_width), colour_of_process(entry.process)),
    ]
    if entry.is_lambdas:
        return " ".join([*parts, style.paint(cut(safe_line(message)), DIM)])
    return " ".join([*parts, *told(cut(safe_line(message)), entry, style.paint)]).rstrip()


def _time(entry: Entry, *, dated: bool) -> str:
    moment = iso(entry.at) if entry.at else ""
    return moment.ljust(27) if dated else moment[11:26].ljust(15)


def _traces(entry: Entry) -> Iterator[str]:
    for name in _TRACES:
        value = entry.facts.get(name)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield from text.rstrip("\n").split("\n")
