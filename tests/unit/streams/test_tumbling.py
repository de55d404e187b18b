"""Which window an entry belongs to, and what is kept of one."""

from typing import Any

import pytest

from streams.entry import Entry
from streams.invoking.tumbling import STATE_BYTES_MAX, OpenWindow, window_start_ms

WINDOW = OpenWindow(60_000, 60, {"count": 1})


@pytest.mark.parametrize(
    ("timestamp", "expected_ms"),
    [
        ("1970-01-01T00:01:00.000Z", 60_000),
        ("1970-01-01T00:01:59.999Z", 60_000),
        ("1970-01-01T00:02:00.000Z", 120_000),
        (None, 0),
    ],
)
def test_windows_tumble_from_the_beginning_of_time(timestamp: str | None, expected_ms: int) -> None:
    event = {} if timestamp is None else {"timestamp": timestamp}
    assert window_start_ms(Entry("1-0", (1, 0), "a", event, 1), 60) == expected_ms


def test_the_function_is_told_the_window_and_its_state() -> None:
    assert WINDOW.batch([]) == {
        "Records": [],
        "window": {"start": "1970-01-01T00:01:00Z", "end": "1970-01-01T00:02:00Z"},
        "state": {"count": 1},
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


def test_only_the_last_invocation_of_one_that_grew_too_large_is_early() -> None:
    large = OpenWindow(0, 60, {"text": "x" * STATE_BYTES_MAX})
    assert large.is_too_large
    assert [large.batch([], final=final)["isWindowTerminatedEarly"] for final in (False, True)] == [False, True]
    assert not WINDOW.is_too_large


def test_the_answers_state_is_the_next_one() -> None:
    assert WINDOW.after({"state": {"count": 2}}) == OpenWindow(60_000, 60, {"count": 2})
    assert WINDOW.after({"state": {}}) == OpenWindow(60_000, 60, {})


@pytest.mark.parametrize("answer", [None, {}, {"state": None}, {"state": []}, {"state": "x"}])
def test_an_answer_without_a_state_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="state is an object"):
        WINDOW.after(answer)


def test_what_is_kept_is_read_back() -> None:
    fields = {name.encode(): text.encode() for name, text in WINDOW.to_fields().items()}
    assert OpenWindow.from_fields(fields) == WINDOW
    assert OpenWindow.from_fields({}) is None
