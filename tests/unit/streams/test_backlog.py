"""What waits, for how long, and in which order."""

from streams.backlog import BACKOFF_S_MAX, Backlog, backoff_s
from streams.entry import Entry


def entry(number: int, key: str) -> Entry:
    return Entry(entry_id=f"{number}-0", order=(number, 0), key=key, event={}, delivery_count=1)


def ids(entries: list[Entry]) -> list[str]:
    return [e.entry_id for e in entries]


def test_later_entries_of_a_key_wait_behind_its_failure_even_if_the_handler_did_them() -> None:
    backlog = Backlog()
    done = backlog.settle([entry(1, "a"), entry(2, "b"), entry(3, "a")], {"1-0"}, now=0)
    assert ids(done) == ["2-0"]
    assert ids(backlog.take_due(now=60, count=10)) == ["1-0", "3-0"]


def test_new_entries_of_a_waiting_key_are_held_back_and_others_go_on() -> None:
    backlog = Backlog()
    backlog.settle([entry(1, "a")], {"1-0"}, now=0)
    assert ids(backlog.hold_back([entry(2, "a"), entry(3, "b")])) == ["3-0"]
    assert len(backlog) == 2


def test_nothing_is_due_before_its_back_off_has_passed() -> None:
    backlog = Backlog()
    backlog.settle([entry(1, "a")], {"1-0"}, now=100.0)
    assert backlog.take_due(now=100.05, count=10) == []
    wait_s = backlog.next_retry_s(now=100.0)
    assert wait_s is not None
    assert 0.1 <= wait_s <= 0.2


def test_a_key_that_is_done_waits_no_more() -> None:
    backlog = Backlog()
    backlog.settle([entry(1, "a")], {"1-0"}, now=0)
    due = backlog.take_due(now=60, count=10)
    assert ids(backlog.settle(due, set(), now=60)) == ["1-0"]
    assert len(backlog) == 0
    assert backlog.next_retry_s(now=60) is None
    assert ids(backlog.hold_back([entry(2, "a")])) == ["2-0"]


def test_a_batch_takes_the_oldest_due_entries_whatever_their_key() -> None:
    backlog = Backlog()
    backlog.restore([entry(1, "a"), entry(2, "b"), entry(3, "a")])
    assert ids(backlog.take_due(now=0, count=2)) == ["1-0", "2-0"]


def test_an_entry_that_fails_again_is_not_queued_twice() -> None:
    backlog = Backlog()
    for _ in range(3):
        backlog.settle([entry(1, "a")], {"1-0"}, now=0)
    assert len(backlog) == 1


def test_back_off_grows_and_is_bounded() -> None:
    assert all(0.1 <= backoff_s(1) <= 0.2 for _ in range(50))
    assert all(backoff_s(500) <= BACKOFF_S_MAX for _ in range(50))
