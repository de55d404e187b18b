"""An entry as a person reads it, and what somebody sent does not act on their terminal."""

import json
import re

import pytest

from local.logs.entries import Entry
from local.logs.paint import colour_of_process, paint
from local.logs.printing import for_people
from local.logs.showing import Style, json_of, lines_of, raw_lines_of

AT = 1769860800.123456
TIME = "2026-01-31T12:00:00.123456Z"
REQUEST = {
    "location": "_observe:213",
    "service": "claims",
    "correlation_id": "demo-1",
    "method": "POST",
    "route": "/claims",
    "status": 201,
    "duration_ms": 3.21,
    "version": 1,
}
ANSWERED = Entry("claims-1", AT, "info", "request answered", '{"the":"line"}', REQUEST)
PROCESSED = Entry(
    "audit-poller",
    AT,
    "warning",
    "event processed",
    facts={"correlation_id": "demo-1", "claim_id": "claim_1", "event_type": "ReclamationCreee", "duration_ms": 12},
)


def shown(entry: Entry, style: Style | None = None) -> list[str]:
    return list(lines_of(entry, style or Style()))


def test_times_levels_processes_and_facts_stand_in_their_columns() -> None:
    style = Style(process_width=12)
    assert shown(ANSWERED, style) + shown(PROCESSED, style) == [
        f"{TIME} INFO  claims-1     request answered   POST /claims 201              3.2 ms   demo-1  version=1",
        f"{TIME} WARN  audit-poller event processed    ReclamationCreee             12.0 ms   claim_1  demo-1",
    ]


def test_a_line_without_such_facts_is_its_words() -> None:
    entry = Entry("valkey", AT, "info", "Ready", facts={"port": 1, "of": {"a": [1]}})
    assert shown(entry) == [f'{TIME} INFO  valkey Ready  port=1  of={{"a":[1]}}']


@pytest.mark.parametrize("left_out", ["method", "route", "status"])
def test_half_a_request_is_told_by_its_names(left_out: str) -> None:
    facts = {name: value for name, value in REQUEST.items() if name != left_out}
    [line] = shown(Entry("one", AT, "info", "odd", facts=facts))
    assert all(f"{name}=" in line for name in ("method", "route", "status") if name != left_out)


def test_on_a_terminal_there_are_colours_and_the_date_once_a_day() -> None:
    printer = for_people(Style(is_terminal=True, paint=paint))
    lines = [
        line
        for at in (AT, AT + 1, AT + 86_400)
        for line in printer(Entry("claims-1", at, "info", "request answered", facts=REQUEST))
    ]
    plain = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in lines]
    assert [line[:15] for line in plain] == [
        "2026-01-31, UTC",
        "12:00:00.123456",
        "12:00:01.123456",
        "2026-02-01, UTC",
        "12:00:00.123456",
    ]
    assert all("\x1b[2m" in line for line in lines)


def test_what_has_no_time_keeps_its_place_in_the_columns() -> None:
    undated = Entry("one", 0.0, "info", "words", is_dated=False)
    assert shown(undated)[0].index("INFO") == shown(ANSWERED)[0].index("INFO")


def test_a_trace_stands_below_its_line() -> None:
    facts = {"exception": "Traceback\n  here\n", "stackTrace": ["one\n", "two"]}
    failed = Entry("one", AT, "error", "failed\nbadly", facts=facts, more=("and more",))
    assert shown(failed)[1:] == ["    badly", "    and more", "    Traceback", "      here", "    one", "    two"]


def test_a_rest_stands_below_without_a_line_of_its_own() -> None:
    assert shown(Entry("one", AT, "error", "", more=("  here",), is_rest=True)) == ["      here"]


def test_a_line_of_megabytes_is_cut_and_says_so() -> None:
    [line] = shown(Entry("one", AT, "info", "x" * 10_000_000))
    assert len(line) < 3_000
    assert line.endswith("x… (9,998,000 more)")


def test_of_very_many_lines_below_it_only_the_first_are_shown() -> None:
    lines = shown(Entry("one", AT, "info", "m", more=("x",) * 3_000))
    assert (len(lines), lines[-1]) == (202, "    … (2,800 more lines)")


SENT = ["\x1b[2J", "\x07", "\u202e", "a\nb", "\x9b31m", "\r", "\u2028", "\x00", "\x7f", "a\x1b]0;title\x07"]


@pytest.mark.parametrize("sent", SENT)
def test_nothing_that_a_terminal_obeys_is_printed(sent: str) -> None:
    facts = {sent: sent, "claim_id": sent, "method": sent, "route": sent, "status": sent, "exception": sent}
    hostile = Entry(sent, AT, "error", f"m{sent}", f"line{sent}", facts=facts, more=(sent,))
    style = Style(is_terminal=True)
    lines = [*lines_of(hostile, style), *raw_lines_of(hostile, style), json_of(hostile)]
    assert all(line.isprintable() for line in lines), lines


def test_french_typography_is_text() -> None:
    [line] = shown(Entry("one", AT, "info", "« Réclamation\u00a0: 1\u202f000 € »"))
    assert line.endswith("« Réclamation : 1 000 € »")


def test_a_program_is_given_all_facts_and_the_process() -> None:
    told = json.loads(json_of(ANSWERED))
    assert told == {
        "process": "claims-1",
        "timestamp": TIME,
        "level": "info",
        "message": "request answered",
        **REQUEST,
    }


@pytest.mark.parametrize("sent", SENT)
def test_what_a_program_reads_is_what_was_sent(sent: str) -> None:
    entry = Entry("one", 0.0, "info", sent, facts={"process": "another", sent: sent}, more=(sent,))
    assert json.loads(json_of(entry)) == {
        "process": "one",
        "level": "info",
        "message": sent,
        sent: sent,
        "more": [sent],
    }


def test_raw_lines_stand_as_they_are_behind_their_process_where_there_are_several() -> None:
    entry = Entry("one", AT, "info", "m", "\tthe line\x1b[1m", more=("  more",))
    assert list(raw_lines_of(entry, Style(is_of_one=True))) == ["\tthe line\x1b[1m", "  more"]
    assert list(raw_lines_of(entry, Style())) == ["one | \tthe line\x1b[1m", "one |   more"]


def test_each_service_has_a_colour_of_its_own() -> None:
    services = ("claims", "notification", "audit", "projection", "query", "event_store", "integration", "gateway")
    assert len({colour_of_process(service) for service in services}) == len(services)
    assert colour_of_process("claims-2") == colour_of_process("claims-poller") == colour_of_process("claims")
