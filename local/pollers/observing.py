"""What the metrics tell of a poller: redeliveries, what is parked, and how far its group is behind."""

from typing import Any

from redis import Redis

from metrics.catalog import STREAM_LAG_EVENTS, STREAM_LAG_SECONDS, STREAM_PARKED_EVENTS, STREAM_REDELIVERIES
from streams.clock import Clock, SystemClock
from streams.group.keys import GroupKeys
from streams.group.lag import Lag, measure_lag
from streams.lanes.report import PollReport
from streams.mapping import EventSourceMapping

MEASURE_EVERY_S = 1.0


class Observer:
    """Called by the poller after every turn, also an idle one; measures at most once a second."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, clock: Clock | None = None) -> None:
        self._redis: Any = redis  # redis-py types every answer as a union over protocols and settings
        self._mapping = mapping
        self._clock = clock or SystemClock()
        self._measured_at_s = float("-inf")
        self._redeliveries = STREAM_REDELIVERIES.labels(mapping.group)  # 0 from the start: a rate needs a beginning

    def __call__(self, report: PollReport) -> None:
        """Count what came again, and measure. Raises RedisError."""
        group = self._mapping.group
        if report.redelivered:
            self._redeliveries.inc(report.redelivered)
        if self._clock.monotonic_s() - self._measured_at_s < MEASURE_EVERY_S:
            return
        self._measured_at_s = self._clock.monotonic_s()
        lag = measure_lag(self._redis, self._mapping.stream, group)
        STREAM_LAG_EVENTS.labels(group).set(lag.entries)
        STREAM_LAG_SECONDS.labels(group).set(age_s(lag, self._clock.now_ms()))
        STREAM_PARKED_EVENTS.labels(group).set(self._redis.xlen(GroupKeys(self._mapping.stream, group).parked))


def age_s(lag: Lag, now_ms: int) -> float:
    """Seconds since the event of the oldest entry happened; 0 where nothing waits or it does not tell its time."""
    happened_ms = lag.oldest.timestamp_ms if lag.oldest else None
    return 0.0 if happened_ms is None else max(now_ms - happened_ms, 0) / 1000
