"""Each format that a process or a server writes is read with its time, its level and its words."""

from datetime import UTC, datetime

import pytest

from local.logs.entries import Entry, read_entries, read_line

AT = datetime(2026, 1, 31, 12, 0, 0, 123000, UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (
            '{"level":"warning","timestamp":"2026-01-31T12:00:00.123Z","message":"a store is away"}',
            "warning",
            "a store is away",
        ),
        ("2026-01-31T12:00:00.123+00:00 starting postgres", "info", "starting postgres"),
        ("2026-01-31 12:00:00.123 UTC [240] LOG:  listening", "info", "listening"),
        ("2026-01-31 12:00:00.123 UTC [240] FATAL:  role missing", "critical", "role missing"),
        ("29228:M 31 Jan 2026 12:00:00.123 # WARNING overcommit", "warning", "WARNING overcommit"),
        ("29228:M 31 Jan 2026 12:00:00.123 * Ready", "info", "Ready"),
    ],
)
def test_a_line_is_read_in_its_format(line: str, level: str, message: str) -> None:
    entry = read_line("one", line)
    assert entry is not None
    assert (entry.at, entry.level, entry.message) == (AT, level, message)


def test_the_other_keys_of_a_json_line_are_its_facts() -> None:
    entry = read_line("one", '{"level":"info","timestamp":"2026-01-31T12:00:00Z","message":"m","claim_id":"c","n":3}')
    assert entry is not None
    assert entry.facts == {"claim_id": "c", "n": 3}
    assert entry.fact("n") == "3"


def test_a_trace_belongs_to_the_line_above_it() -> None:
    lines = ["2026-01-31T12:00:00Z failed", "Traceback (most recent call last):", "  here", "2026-01-31T12:00:01Z next"]
    first, second = read_entries("one", lines)
    assert first.more == ("Traceback (most recent call last):", "  here")
    assert (second.message, second.more) == ("next", ())


def test_what_tells_no_time_has_that_of_the_line_before() -> None:
    lines = ["2026-01-31T12:00:00Z one", "START RequestId: 1 Version: $LATEST", "END RequestId: 1"]
    entries = list(read_entries("one", lines))
    assert [entry.is_lambdas for entry in entries] == [False, True, True]
    assert len({entry.at for entry in entries}) == 1


@pytest.mark.parametrize("line", ["{not json", '["a list"]', '{"no":"message"}', "\x00\x01binary", ""])
def test_a_line_of_no_format_is_shown_as_it_is(line: str) -> None:
    assert list(read_entries("one", [line])) == [Entry("one", 0.0, "info", line, is_dated=False)]
