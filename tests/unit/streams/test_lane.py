"""What a lane hands over next, told by tables: no server, no threads, a clock that is moved by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from streams.clock import ManualClock
from streams.entry import Entry
from streams.invoking.outcome import Failure, Outcome
from streams.lanes.attempt import BACKOFF_S_MAX, BEHIND, EXHAUSTED, EXPIRED, Attempt, backoff_s
from streams.lanes.lane import Lane
from streams.mapping import EventSourceMapping

MAPPING = EventSourceMapping("F", "s", "g", batch_size=3, partial_responses=True)
FAILED = Failure("ValueError", "poisoned")
NOT_NOW = Failure("NotNowError", "away", transient=True)
THROTTLED = Failure("TooManyRequestsException", "429", transient=True, throttled=True)


def entry(number: int, key: str) -> Entry:
    return Entry(entry_id=f"{number}-0", order=(number, 0), key=key, event={}, delivery_count=1)


def entries(keys: str, first: int = 1) -> list[Entry]:
    return [entry(number, key) for number, key in enumerate(keys, first)]


class Run:
    """A lane and what was handed over by it."""

    def __init__(self, keys: str = "", **change: Any) -> None:
        self.clock = ManualClock()
        self.lane = Lane(replace(MAPPING, **change), self.clock)
        self.lane.offer(entries(keys))
        self.added = len(keys)

    def add(self, keys: str) -> None:
        self.lane.offer(entries(keys, self.added + 1))
        self.added += len(keys)

    def next(self) -> str | None:
        """Take the next attempt; the numbers of its entries."""
        self.attempt = self.lane.next_attempt()
        return None if self.attempt is None else numbers(self.attempt.entries)

    def settle(self, done: int, failure: Failure | None = None, *, culprit_known: bool = False) -> str:
        """Numbers of what is done of the attempt that was taken last."""
        assert isinstance(self.attempt, Attempt)
        return numbers(self.lane.settle(self.attempt, Outcome(done, failure, culprit_known)))

    def parked(self) -> list[tuple[int, str]]:
        return [(parking.entry.order[0], parking.reason) for parking in self.lane.take_parkings()]


def numbers(handed: Sequence[Entry]) -> str:
    return " ".join(str(each.order[0]) for each in handed)


def test_entries_are_handed_over_in_the_streams_order_in_batches() -> None:
    run = Run("abcab")
    assert (run.next(), run.settle(3)) == ("1 2 3", "1 2 3")
    assert (run.next(), run.settle(2)) == ("4 5", "4 5")
    assert (run.next(), len(run.lane), run.lane.next_due_s()) == (None, 0, None)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("aaaaa", [None]),
        ("abcab", [None]),
        ("abcda", ["4"]),
        ("abcded", ["4 5 6"]),
    ],
)
def test_a_batch_that_failed_holds_back_its_own_keys_alone(keys: str, expected: list[str | None]) -> None:
    run = Run(keys)
    run.next()
    run.settle(0, FAILED)
    assert [run.next() for _ in expected] == expected


def test_with_the_culprit_known_what_was_in_the_batch_with_it_goes_on_without_its_key() -> None:
    run = Run("abab", batch_size=4)
    run.next()
    assert run.settle(1, FAILED, culprit_known=True) == "1"
    assert run.next() == "3"  # 2 failed, 4 is of its key
    run.settle(1)
    assert run.next() is None
    run.clock.advance(60)
    assert (run.next(), run.settle(1)) == ("2", "2")
    assert (run.next(), run.settle(1)) == ("4", "4")


def test_what_comes_while_a_key_waits_is_handed_over_after_it() -> None:
    run = Run("a")
    run.next()
    run.settle(0, FAILED)
    run.add("ab")
    assert (run.next(), run.settle(1)) == ("3", "3")
    run.clock.advance(60)
    run.next()
    run.add("a")
    run.settle(1)
    assert run.next() == "2 4"


def test_what_comes_while_its_key_is_in_hand_waits_where_that_fails() -> None:
    run = Run("a")
    run.next()
    run.add("ab")
    run.settle(0, FAILED)
    assert run.next() == "3"


def test_retries_back_off_and_are_counted_one_by_one() -> None:
    run = Run("a", retries_max=2)
    for _ in range(3):
        assert run.next() == "1"
        run.settle(0, FAILED)
        assert run.next() is None
        run.clock.advance(BACKOFF_S_MAX)
    assert run.parked() == [(1, EXHAUSTED)]
    assert len(run.lane) == 0


def test_the_lane_tells_when_it_is_to_be_asked_again() -> None:
    run = Run("a")
    assert run.lane.next_due_s() == 0
    run.next()
    run.settle(0, FAILED)
    due_s = run.lane.next_due_s()
    assert due_s is not None
    assert 0.1 <= due_s <= 0.2
    run.clock.advance(due_s)
    assert (run.lane.next_due_s(), run.next()) == (0, "1")


def test_back_off_grows_has_jitter_and_is_bounded() -> None:
    assert all(0.1 <= backoff_s(1) <= 0.2 for _ in range(50))
    assert all(0.4 <= backoff_s(3) <= 0.8 for _ in range(50))
    assert all(BACKOFF_S_MAX / 2 <= backoff_s(500) <= BACKOFF_S_MAX for _ in range(50))
    assert len({backoff_s(5) for _ in range(20)}) > 1


def test_parking_takes_everything_of_the_key_along_in_order() -> None:
    run = Run("aba", retries_max=0, batch_size=1)
    run.next()
    run.add("a")
    run.settle(0, FAILED)
    assert run.parked() == [(1, EXHAUSTED), (3, BEHIND), (4, BEHIND)]
    run.add("ab")
    assert run.parked() == [(5, BEHIND)]
    assert (run.next(), run.settle(1), run.next()) == ("2", "2", "6")


def test_what_is_parked_is_told_once() -> None:
    run = Run("a", retries_max=0)
    run.next()
    run.settle(0, FAILED)
    assert (len(run.parked()), len(run.parked())) == (1, 0)


def test_keys_that_are_parked_from_before_are_held() -> None:
    run = Run()
    run.lane.hold_parked(["a"])
    run.add("ab")
    assert (run.next(), run.parked()) == ("2", [(1, BEHIND)])
    run.settle(1)
    run.lane.release("a")
    run.add("a")
    assert (run.next(), run.parked()) == ("3", [])


def test_what_was_free_after_all_goes_before_what_came_meanwhile() -> None:
    run = Run()
    run.lane.hold_parked(["a"])
    run.add("a")
    on_its_way = run.lane.take_parkings()
    run.add("a")  # comes while the first is on its way to be parked
    run.lane.release("a", [parking.entry for parking in on_its_way])
    run.add("a")
    assert (run.next(), run.parked()) == ("1 2 3", [])


def test_bisection_finds_the_culprit_and_counts_nothing_on_the_way() -> None:
    run = Run("abcd", batch_size=4, bisect=True, retries_max=0)
    handed: list[str | None] = []
    while (taken := run.next()) is not None:
        handed.append(taken)
        if "3" in taken.split():
            run.settle(0, FAILED)
        else:
            run.settle(len(taken.split()))
    assert handed == ["1 2 3 4", "1 2", "3 4", "3", "4"]
    assert run.parked() == [(3, EXHAUSTED)]


def test_what_a_split_left_is_parked_before_what_came_later() -> None:
    run = Run("aa", bisect=True, retries_max=0)
    run.next()
    run.add("a")
    run.settle(0, FAILED)
    assert run.next() == "1"
    run.settle(0, FAILED)
    assert (run.parked(), run.next()) == ([(1, EXHAUSTED), (2, BEHIND), (3, BEHIND)], None)


def test_in_an_outage_the_whole_lane_waits_and_nothing_is_counted() -> None:
    run = Run("a", retries_max=0, batch_size=1)
    for _ in range(20):
        assert run.next() == "1"
        run.settle(0, NOT_NOW)
        assert run.next() is None
        run.clock.advance(BACKOFF_S_MAX)
    assert run.parked() == []
    assert (run.next(), run.settle(1)) == ("1", "1")


def test_while_others_succeed_not_now_counts() -> None:
    run = Run("a", retries_max=1, batch_size=1)
    for _ in range(2):
        assert (run.next(), run.parked()) == ("1", [])
        run.settle(0, NOT_NOW)  # nothing else worked since: it may be an outage, and is not counted
        run.add("b")
        run.clock.advance(BACKOFF_S_MAX)
        assert run.next() != "1"
        run.settle(1)
        assert run.next() == "1"
        run.settle(0, NOT_NOW)  # counted
        run.clock.advance(BACKOFF_S_MAX)
    assert run.parked() == [(1, EXHAUSTED)]


def test_throttling_never_counts_though_others_succeed() -> None:
    run = Run("a", retries_max=0, batch_size=1)
    for _ in range(5):
        assert run.next() == "1"
        run.settle(0, THROTTLED)
        run.add("b")
        run.clock.advance(BACKOFF_S_MAX)
        assert run.next() != "1"
        run.settle(1)
    assert run.parked() == []


def test_what_was_deleted_frees_its_key() -> None:
    run = Run("aa", batch_size=1)
    run.next()
    run.settle(0, FAILED)
    run.lane.drop([entry(1, "a")])
    assert run.next() == "2"


def test_a_batch_that_is_not_full_waits_for_its_window_and_a_full_one_does_not() -> None:
    run = Run("ab", window_ms=1000)
    assert (run.next(), run.lane.next_due_s()) == (None, 1.0)
    run.clock.advance(0.5)
    run.add("c")
    assert run.next() == "1 2 3"


def aged(number: int, key: str, clock: ManualClock, age_s: float) -> Entry:
    moment_ms = int(clock.now_ms() - age_s * 1000)
    return replace(entry(number, key), order=(moment_ms, number), entry_id=f"{moment_ms}-{number}")


def test_what_is_too_old_is_parked_untried_and_its_key_with_it() -> None:
    run = Run(age_s_max=60, age_is_default=False)
    run.lane.offer([aged(1, "a", run.clock, 61), aged(2, "b", run.clock, 59), aged(3, "a", run.clock, 1)])
    taken = run.lane.next_attempt()
    assert taken is not None
    assert [each.key for each in taken.entries] == ["b"]
    assert [(p.entry.key, p.reason, p.attempts) for p in run.lane.take_parkings()] == [
        ("a", EXPIRED, 0),
        ("a", BEHIND, 0),
    ]


def test_what_becomes_too_old_while_it_waits_is_not_tried_again_and_the_young_ones_with_it_are() -> None:
    run = Run(age_s_max=60, age_is_default=False, retries_max=None)
    run.lane.offer([aged(1, "a", run.clock, 50), aged(2, "b", run.clock, 1), aged(3, "a", run.clock, 0)])
    run.next()
    run.settle(0, FAILED)
    run.clock.advance(20)
    taken = run.lane.next_attempt()
    assert taken is not None
    assert [each.key for each in taken.entries] == ["b"]
    assert [(p.entry.order[1], p.reason) for p in run.lane.take_parkings()] == [(1, EXPIRED), (3, BEHIND)]


def test_with_windows_nothing_overtakes_what_waits() -> None:
    run = Run("ab", batch_size=1, tumbling_window_s=60)
    run.next()
    run.settle(0, FAILED)
    assert run.next() is None
    run.clock.advance(60)
    assert (run.next(), run.settle(1), run.next()) == ("1", "1", "2")


def test_what_is_new_takes_turns_with_many_retries_that_are_due() -> None:
    run = Run("abc", batch_size=1, retries_max=None)
    for _ in "abc":
        run.next()
        run.settle(0, FAILED)
    run.clock.advance(BACKOFF_S_MAX)
    run.add("de")
    handed = []
    for _ in range(4):
        handed.append(run.next())
        run.settle(1)
    assert handed[1::2] == ["4", "5"]
    assert set(handed[::2]) < {"1", "2", "3"}
