"""The age of what waits."""

from datetime import UTC, datetime

import pytest

from local.pollers.observing import age_s
from streams.entry import Entry
from streams.group.lag import Lag

NOW_MS = int(datetime(2025, 7, 8, 14, 30, 10, tzinfo=UTC).timestamp() * 1000)


def lag_of(event: dict[str, object]) -> Lag:
    return Lag(1, Entry("1-0", (1, 0), "a", event, 0))


def test_the_age_is_that_of_the_oldest_event() -> None:
    assert age_s(lag_of({"timestamp": "2025-07-08T14:30:08.500Z"}), NOW_MS) == 1.5


@pytest.mark.parametrize("event", [{}, {"timestamp": 5}, {"timestamp": "soon"}, {"timestamp": "2025-07-08T14:31:00Z"}])
def test_an_event_without_a_time_or_from_the_future_has_no_age(event: dict[str, object]) -> None:
    assert age_s(lag_of(event), NOW_MS) == 0.0


def test_nothing_that_waits_has_no_age() -> None:
    assert age_s(Lag(0, None), NOW_MS) == 0.0
