import time
from pathlib import Path

import pytest

from local.faults.batches import FaultyInvoke
from local.faults.dice import Dice
from local.faults.grammar import parse_fault
from streams.errors import FunctionError, ThrottledError


class Function:
    """A function that remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[object] = []

    def __call__(self, event: object) -> object:
        self.given.append(event)
        return {"time": len(self.given)}


def faulty(function: Function, switch: Path, *faults: str) -> FaultyInvoke:
    return FaultyInvoke(function, Dice([parse_fault(fault) for fault in faults], "1", "F", switch))


def test_without_luck_a_batch_is_invoked_once(tmp_path: Path) -> None:
    function = Function()
    assert faulty(function, tmp_path, "drop:1e-9", "duplicate:1e-9")("batch") == {"time": 1}
    assert function.given == ["batch"]


def test_a_dropped_batch_is_not_invoked_and_uses_no_retry(tmp_path: Path) -> None:
    function = Function()
    with pytest.raises(ThrottledError):
        faulty(function, tmp_path, "drop:1")("batch")
    assert function.given == []


def test_a_dropped_answer_is_a_failure_of_a_batch_that_was_done(tmp_path: Path) -> None:
    function = Function()
    with pytest.raises(FunctionError):
        faulty(function, tmp_path, "drop:1:answer")("batch")
    assert function.given == ["batch"]


def test_a_throttled_batch_is_not_invoked(tmp_path: Path) -> None:
    function = Function()
    with pytest.raises(ThrottledError):
        faulty(function, tmp_path, "throttle:1")("batch")
    assert function.given == []


def test_a_doubled_batch_is_invoked_twice_and_the_second_answer_counts(tmp_path: Path) -> None:
    function = Function()
    assert faulty(function, tmp_path, "duplicate:1")("batch") == {"time": 2}
    assert function.given == ["batch", "batch"]


def test_a_delayed_batch_waits_and_is_invoked(tmp_path: Path) -> None:
    function = Function()
    began_s = time.monotonic()
    assert faulty(function, tmp_path, "delay:1:50")("batch") == {"time": 1}
    assert time.monotonic() - began_s >= 0.05
