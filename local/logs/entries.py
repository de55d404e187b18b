"""One entry of a log, from whichever of the formats that our processes and the servers write. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error", "critical")

_LAMBDAS_OWN = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_REPORT ")
_SUPERVISOR = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)) (.*)")
_POSTGRES = re.compile(r"(\d{4}-\d\d-\d\d [\d:.]+) UTC \[\d+\] (?:\S+ )*?([A-Z]+\d?):  (.*)")
_VALKEY = re.compile(r"\d+:[A-Z] (\d+ [A-Z][a-z]{2} \d{4} [\d:.]+) ([.*#-]) (.*)")
_OF_POSTGRES: Mapping[str, Level] = {
    "WARNING": "warning", "ERROR": "error", "FATAL": "critical", "PANIC": "critical", "DEBUG": "debug",
}  # fmt: skip
_OF_VALKEY: Mapping[str, Level] = {".": "debug", "-": "info", "*": "info", "#": "warning"}


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` in seconds since the epoch; what tells no time has that of the entry before it, in `is_dated` false.

    `facts` are the keys of a JSON line beside message, level and time. `more` are the lines that belong to it: a trace.
    `is_lambdas`: START, END and REPORT, which the emulator writes around an invocation.
    """

    process: str
    at: float
    level: Level
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    is_lambdas: bool = False
    is_dated: bool = True

    def fact(self, name: str) -> str | None:
        """A fact as text; None where the line has none of that name."""
        value = self.facts.get(name)
        return None if value is None else str(value)


def read_entries(process: str, lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of one log; a line that none of the formats begins with belongs to the entry before it."""
    last: Entry | None = None
    for line in lines:
        entry = read_line(process, line)
        if entry is None and last is not None and not last.is_lambdas:
            last = replace(last, more=(*last.more, line))
            continue
        if last is not None:
            yield last
        before = last.at if last is not None else 0.0
        last = entry if entry is not None and entry.is_dated else _undated(process, line, before, entry)
    if last is not None:
        yield last


def read_line(process: str, line: str) -> Entry | None:
    """The entry that begins with this line; None where it is none of the formats."""
    if line.startswith("{"):
        return _of_json(process, line)
    if line.startswith(_LAMBDAS_OWN):
        return Entry(process, 0.0, "info", line, is_lambdas=True, is_dated=False)
    if found := _POSTGRES.fullmatch(line):
        level = _OF_POSTGRES.get(found[2].rstrip("12345"), "info")
        return Entry(process, _moment(found[1].replace(" ", "T") + "+00:00"), level, found[3])
    if found := _SUPERVISOR.fullmatch(line):
        return Entry(process, _moment(found[1]), "info", found[2])
    if found := _VALKEY.fullmatch(line):
        moment = datetime.strptime(found[1], "%d %b %Y %H:%M:%S.%f").replace(tzinfo=UTC)
        return Entry(process, moment.timestamp(), _OF_VALKEY[found[2]], found[3])
    return None


def _of_json(process: str, line: str) -> Entry | None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or "message" not in told:
        return None
    message, level, at = str(told.pop("message")), str(told.pop("level", "info")).lower(), told.pop("timestamp", None)
    known: Level = next((one for one in LEVELS if one == level), "info")
    try:
        return Entry(process, _moment(str(at)), known, message, told)
    except ValueError:
        return Entry(process, 0.0, known, message, told, is_dated=False)


def _undated(process: str, line: str, at: float, entry: Entry | None) -> Entry:
    if entry is None:
        return Entry(process, at, "info", line, is_dated=False)
    return replace(entry, at=at)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
