"""Positions as runs."""

import pytest

from local.recover.runs import Runs


def test_positions_that_follow_each_other_are_one_run() -> None:
    runs = Runs.of([5, 3, 4, 9, 3])
    assert (str(runs), runs.count) == ("3 to 5, 9", 4)
    assert [position for position in range(12) if position in runs] == [3, 4, 5, 9]


def test_an_empty_span_adds_nothing() -> None:
    runs = Runs()
    runs.add(4, 3)
    assert not runs
    assert str(runs) == ""


@pytest.mark.parametrize(("position", "left"), [(2, ""), (3, "3"), (7, "3 to 5, 7"), (99, "3 to 5, 7 to 9")])
def test_those_up_to_a_position(position: int, left: str) -> None:
    assert str(Runs.of([3, 4, 5, 7, 8, 9]).up_to(position)) == left


@pytest.mark.parametrize(
    ("taken", "left"),
    [({4}, "3, 5, 7"), ({3, 7}, "4 to 5"), ({3, 4, 5, 7}, ""), (set(), "3 to 5, 7"), ({1, 6}, "3 to 5, 7")],
)
def test_those_without_some(taken: set[int], left: str) -> None:
    assert str(Runs.of([3, 4, 5, 7]).without(taken)) == left


@pytest.mark.parametrize(("positions", "named"), [([3], "position 3"), ([3, 5], "positions 3, 5")])
def test_one_position_is_not_many(positions: list[int], named: str) -> None:
    runs = Runs.of(positions)
    assert (runs.named(), runs.last) == (named, positions[-1])


def test_many_runs_are_told_by_their_count() -> None:
    assert str(Runs.of(range(0, 40, 2))).endswith("14 and 12 more runs (20 positions)")
