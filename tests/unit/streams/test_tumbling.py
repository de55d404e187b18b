"""Which window an entry belongs to, and what is kept of one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from streams.entry import Entry
from streams.invoking.tumbling import STATE_BYTES_MAX, OpenWindow, window_start_ms

WINDOW = OpenWindow(60_000, 60, b'{"count":1}')


@pytest.mark.parametrize(
    ("timestamp", "expected_ms"),
    [
        ("1970-01-01T00:01:00.000Z", 60_000),
        ("1970-01-01T00:01:59.999Z", 60_000),
        ("1970-01-01T00:02:00.000Z", 120_000),
        (None, 0),
        ("1969-12-31T23:59:59Z", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        ("9999-12-31T23:58:59Z", 253_402_300_680_000),
        ("9999-12-31T23:59:59Z", 0),  # the end of its window has no date
        ("9999-12-31T23:59:59-23:59", 0),
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
    large = OpenWindow(0, 60, b'{"text":"%b"}' % (b"x" * STATE_BYTES_MAX))
    assert large.is_too_large
    assert [large.batch([], final=final)["isWindowTerminatedEarly"] for final in (False, True)] == [False, True]
    assert not WINDOW.is_too_large


def test_the_answers_state_is_the_next_one() -> None:
    assert WINDOW.after({"state": {"count": 2}}) == OpenWindow(60_000, 60, b'{"count":2}')
    assert WINDOW.after({"state": {}}) == OpenWindow(60_000, 60, b"{}")


@pytest.mark.parametrize("answer", [None, {}, {"state": None}, {"state": []}, {"state": "x"}])
def test_an_answer_without_a_state_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="state is an object"):
        WINDOW.after(answer)


NESTED: list[Any] = []
for _ in range(5_000):
    NESTED = [NESTED]
CIRCULAR: dict[str, Any] = {}
CIRCULAR["self"] = CIRCULAR


@pytest.mark.parametrize(
    "state",
    [
        {"ids": {1}},
        {"when": datetime(2025, 1, 1, tzinfo=UTC)},
        {(1, 2): 3},
        {"n": float("nan")},
        {"n": float("-inf")},
        {"text": "\udcff"},
        {"nested": NESTED},
        CIRCULAR,
    ],
)
def test_a_state_that_cannot_be_kept_is_refused(state: Any) -> None:
    with pytest.raises(ValueError, match="the state cannot be kept"):
        WINDOW.after({"state": state})


class Unreadable(dict[str, Any]):
    """An answer that fails whoever reads it."""

    def get(self, key: str, default: Any = None) -> Any:
        raise LookupError(key)


def test_an_answer_that_fails_its_reader_is_refused() -> None:
    with pytest.raises(ValueError, match="LookupError"):
        WINDOW.after(Unreadable())


def test_what_a_function_does_to_its_state_stays_with_that_invocation() -> None:
    WINDOW.batch([])["state"]["count"] = 7
    assert WINDOW.batch([])["state"] == {"count": 1}


def test_the_last_window_can_be_told() -> None:
    last = window_start_ms(Entry("1-0", (1, 0), "a", {"timestamp": "9999-12-31T23:44:59Z"}, 1), 900)
    assert OpenWindow(last, 900).batch([])["window"]["end"] == "9999-12-31T23:45:00Z"


def test_what_is_kept_is_read_back() -> None:
    fields = {name.encode(): text.encode() for name, text in WINDOW.to_fields().items()}
    assert OpenWindow.from_fields(fields) == WINDOW
    assert OpenWindow.from_fields({}) is None
