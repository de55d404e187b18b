"""Outcomes are written in groups that are neither large nor old."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from functions.notification.marks import Marks
from repositories.memory.notifications import MemoryNotificationStore
from repositories.ports.notifications import Outcome, Sent
from tests.contract.notifications_contract import NOON, notification


class Groups(MemoryNotificationStore):
    """Writes down the size of each group."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def record(self, outcomes: Mapping[str, Outcome], sent_at: datetime) -> None:
        self.sizes.append(len(outcomes))


@pytest.mark.parametrize(
    ("seconds_each", "sizes"),
    [
        (0.0, [25, 25, 10]),
        (0.0625, [5] * 12),  # the fifth comes 250 ms after the first
        (0.25, [2] * 30),
    ],
)
def test_a_group_is_written_when_it_is_full_or_old_enough_or_the_last(seconds_each: float, sizes: list[int]) -> None:
    store, now_s = Groups(), 0.0
    marks = Marks(store, lambda: NOON, lambda: now_s)
    for number in range(60):
        marks.add(notification(number), Sent())
        now_s += seconds_each
    marks.write()
    assert store.sizes == sizes
