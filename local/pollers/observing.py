"""What the metrics tell of a poller: redeliveries, and how far its group is behind."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from redis import Redis

from envelope import parse_utc
from metrics.catalog import STREAM_LAG_EVENTS, STREAM_LAG_SECONDS, STREAM_REDELIVERIES
from streams.lag import Lag, measure_lag
from streams.mapping import EventSourceMapping
from streams.poller import PollReport

MEASURE_EVERY_S = 1.0


class Observer:
    """Called by the poller after every turn, also an idle one; measures the lag at most once a second."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._mapping = mapping
        self._clock = clock
        self._measured_at = float("-inf")

    def __call__(self, report: PollReport) -> None:
        """Count what came again, and measure."""
        group = self._mapping.group
        if report.redelivered:
            STREAM_REDELIVERIES.labels(group).inc(report.redelivered)
        if self._clock() - self._measured_at < MEASURE_EVERY_S:
            return
        self._measured_at = self._clock()
        lag = measure_lag(self._redis, self._mapping.stream, group)
        STREAM_LAG_EVENTS.labels(group).set(lag.entries)
        STREAM_LAG_SECONDS.labels(group).set(age_s(lag, datetime.now(UTC)))


def age_s(lag: Lag, now: datetime) -> float:
    """Seconds since the event of the oldest entry happened; 0 where nothing waits or it does not tell its time."""
    told = lag.oldest.event.get("timestamp") if lag.oldest else None
    if not isinstance(told, str):
        return 0.0
    try:
        return max((now - parse_utc(told)).total_seconds(), 0.0)
    except ValueError:
        return 0.0
