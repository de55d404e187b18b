"""An entry as a person reads it, and what somebody sent does not act on their terminal."""

import json

import pytest

from local.logs.entries import Entry
from local.logs.showing import Style, json_of, lines_of

ANSWERED = Entry(
    "claims-1",
    1769860800.123456,
    "info",
    "request answered",
    {
        "location": "_observe:213",
        "service": "claims",
        "method": "POST",
        "route": "/claims",
        "status": 201,
        "duration_ms": 3.21,
        "correlation_id": "demo-1",
        "version": 1,
    },
)


def test_a_line_has_its_time_level_process_and_facts_in_their_places() -> None:
    assert list(lines_of(ANSWERED, Style(process_width=10))) == [
        "2026-01-31T12:00:00.123456Z INFO     claims-1   request answered  POST /claims 201  3.2 ms  demo-1  version=1"
    ]


def test_on_a_terminal_there_are_colours_and_no_date() -> None:
    [shown] = lines_of(ANSWERED, Style(coloured=True, dated=False))
    assert shown.startswith("\x1b[2m12:00:00.123456\x1b[0m")
    assert "2026" not in shown


def test_a_trace_stands_below_its_line() -> None:
    failed = Entry("one", 1.0, "error", "failed", {"exception": "Traceback\n  here"}, more=("and more",))
    assert list(lines_of(failed, Style()))[1:] == ["    and more", "    Traceback", "      here"]


@pytest.mark.parametrize("sent", ["\x1b[2J", "\x07", "\u202e", "a\nb", "\x9b31m", "\r"])
def test_nothing_that_a_terminal_obeys_is_printed(sent: str) -> None:
    hostile = Entry("one", 1.0, "error", f"m{sent}", {"claim_id": sent, "x": sent, "method": sent, "exception": sent})
    shown = list(lines_of(hostile, Style()))
    assert all(line.isprintable() for line in shown), shown


def test_a_program_is_given_all_facts_and_the_process() -> None:
    told = json.loads(json_of(ANSWERED))
    assert told["process"] == "claims-1"
    assert told["timestamp"] == "2026-01-31T12:00:00.123456Z"
    assert told["location"] == "_observe:213"
