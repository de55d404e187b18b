"""The formats that our processes and the servers write, each read into an entry. Pure.

JSON lines (functions, gateway, pollers) · `TIME WORDS` (the supervisor, and Lambda about an environment that ended) ·
`[LEVEL]<tab>TIME<tab>REQUEST<tab>WORDS` (what a function logs with Python's own logging, as Lambda formats it) ·
START, END and REPORT · PostgreSQL's, Valkey's and SecantusDB's text. All times are UTC.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from local.logs.entries import LEVELS, Entry, Level

_LAMBDAS_OWN = (b"START RequestId: ", b"END RequestId: ", b"REPORT RequestId: ", b"INIT_REPORT ")
_BEGINNINGS = (b"{", b"[", *_LAMBDAS_OWN)
_TIMED = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)) (.*)")
_LOGGED = re.compile(r"\[([A-Z]+)\]\t(\d{4}-\d\d-\d\dT[\d:.]+Z)\t([^\t]*)\t(.*)")
_RAISED = re.compile(r"\[ERROR\] (.*)")
_SECANTUS = re.compile(r"(\d{4}-\d\d-\d\d [\d:]+,\d+) ([A-Z]+) (.*)")
_POSTGRES = re.compile(r"(\d{4}-\d\d-\d\d [\d:.]+) (?:UTC|GMT) \[\d+\] (?:\S+ )*?([A-Z]+\d?):  (.*)")
_VALKEY = re.compile(r"\d+:[A-Z] (\d+ [A-Z][a-z]{2} \d{4} [\d:.]+) ([.*#-]) (.*)")
_VALKEYS_SIGNAL = re.compile(r"\d+:signal-handler \((\d+)\) (.*)")

# PostgreSQL tells more of an error in lines that look like entries of their own.
_POSTGRES_MORE = re.compile(
    rb"[\d-]{10} [\d:.]+ (?:UTC|GMT) \[\d+\] (?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LOCATION):  "
)

_OTHER_NAMES: Mapping[str, Level] = {"warn": "warning", "fatal": "critical", "trace": "debug", "notice": "info"}
# A session's FATAL ends that session and nothing else: the first ones knock before the server is up.
_OF_POSTGRES: Mapping[str, Level] = {"WARNING": "warning", "ERROR": "error", "FATAL": "error", "PANIC": "critical"}
_OF_VALKEY: Mapping[str, Level] = {".": "debug", "-": "info", "*": "info", "#": "warning"}
_FAILED = ("Task timed out after ", "Runtime exited ")


def begins_entry(line: bytes) -> bool:
    """Whether a line begins an entry, as cheaply as can be told: a trace's lines begin otherwise."""
    if line[:1].isdigit():
        return _POSTGRES_MORE.match(line) is None
    return line.startswith(_BEGINNINGS)


def is_lambdas_own(line: bytes) -> bool:
    """START, END or REPORT."""
    return line.startswith(_LAMBDAS_OWN)


def read_line(process: str, line: str) -> Entry | None:
    """The entry that begins with this line; None where it has none of the formats."""
    if line.startswith("{"):
        return _of_json(process, line)
    if is_lambdas_own(line[:32].encode()):
        return Entry(process, 0.0, "info", line, line, is_dated=False, is_lambdas=True)
    try:
        return _of_text(process, line)
    except ValueError:  # digits that are no time
        return None


def _of_text(process: str, line: str) -> Entry | None:
    if found := _TIMED.fullmatch(line):
        return Entry(process, _moment(found[1]), _level_of_words(found[2]), found[2], line)
    if found := _LOGGED.fullmatch(line):
        facts = {"function_request_id": found[3]}
        return Entry(process, _moment(found[2]), _level(found[1]), found[4], line, facts)
    if found := _RAISED.fullmatch(line):
        return Entry(process, 0.0, "error", found[1], line, is_dated=False)
    if found := _POSTGRES.fullmatch(line):
        return Entry(process, _moment(found[1]), _OF_POSTGRES.get(found[2], "info"), found[3], line)
    if found := _SECANTUS.fullmatch(line):
        return Entry(process, _moment(found[1]), _level(found[2]), found[3], line)
    if found := _VALKEY.fullmatch(line):
        moment = datetime.strptime(found[1], "%d %b %Y %H:%M:%S.%f").replace(tzinfo=UTC)
        return Entry(process, moment.timestamp(), _OF_VALKEY[found[2]], found[3], line)
    if found := _VALKEYS_SIGNAL.fullmatch(line):
        return Entry(process, _sane(float(found[1])), "info", found[2], line)
    return None


def _of_json(process: str, line: str) -> Entry | None:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or "message" not in told:
        return None
    message, level, at = _text(told.pop("message")), _level(str(told.pop("level", "info"))), told.pop("timestamp", None)
    try:
        return Entry(process, _moment_of(at), level, message, line, told)
    except ValueError:
        return Entry(process, 0.0, level, message, line, told, is_dated=False)


def _level(name: str) -> Level:
    name = name.lower()
    return next((level for level in LEVELS if level == name), _OTHER_NAMES.get(name, "info"))


def _level_of_words(words: str) -> Level:
    """Of a line without a level: Lambda's words about a failure, or the supervisor's about a process that died."""
    if any(failed in words for failed in _FAILED) or words.startswith("failed "):
        return "error"
    return "warning" if words.startswith("note ") and "starting it again" in words else "info"


def _text(message: object) -> str:
    return message if isinstance(message, str) else orjson.dumps(message, default=str).decode()


def _moment_of(told: Any) -> float:
    """Raises ValueError for what is no time. A number counts seconds or, where that is past all sense, milliseconds."""
    if isinstance(told, int | float) and not isinstance(told, bool):
        return _sane(told / 1000 if told > 1e11 else float(told))
    return _moment(str(told))


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return _sane((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _sane(at: float) -> float:
    """Raises ValueError for a time that nothing here can have happened at: it would be the first, or last, of all."""
    if not 0 < at < 1e11:
        raise ValueError(f"{at} s since 1970")
    return at
