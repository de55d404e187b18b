"""What the metrics tell of a poller: redeliveries, what is parked, and how far its group is behind."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from metrics.catalog import STREAM_LAG_EVENTS, STREAM_LAG_SECONDS, STREAM_PARKED_EVENTS, STREAM_REDELIVERIES
from streams.clock import Clock, SystemClock
from streams.group.keys import GroupKeys
from streams.group.lag import Lag, measure_lag
from streams.lanes.report import PollReport
from streams.mapping import EventSourceMapping

MEASURE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a consumer group stands: what waits, how long ago the oldest of it happened, what is parked."""

    group: str
    lag_events: int
    lag_s: float
    parked: int

    def tell(self) -> None:
        """Set the metrics."""
        STREAM_LAG_EVENTS.labels(self.group).set(self.lag_events)
        STREAM_LAG_SECONDS.labels(self.group).set(self.lag_s)
        STREAM_PARKED_EVENTS.labels(self.group).set(self.parked)


def standing_of(redis: Redis, stream: str, group: str, now_ms: int) -> Standing:
    """Measure; `now_ms` since the epoch. Raises RedisError."""
    client: Any = redis  # redis-py types every answer as a union over protocols and settings
    lag = measure_lag(redis, stream, group)
    return Standing(group, lag.entries, age_s(lag, now_ms), client.xlen(GroupKeys(stream, group).parked))


class Observer:
    """Called by the poller after every turn, also an idle one; measures at most once a second."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, clock: Clock | None = None) -> None:
        self._redis = redis
        self._mapping = mapping
        self._clock = clock or SystemClock()
        self._measured_at_s = float("-inf")
        self._redeliveries = STREAM_REDELIVERIES.labels(mapping.group)  # 0 from the start: a rate needs a beginning

    def __call__(self, report: PollReport) -> None:
        """Count what came again, and measure. Raises RedisError."""
        if report.redelivered:
            self._redeliveries.inc(report.redelivered)
        if self._clock.monotonic_s() - self._measured_at_s < MEASURE_EVERY_S:
            return
        self._measured_at_s = self._clock.monotonic_s()
        standing_of(self._redis, self._mapping.stream, self._mapping.group, self._clock.now_ms()).tell()


def age_s(lag: Lag, now_ms: int) -> float:
    """Seconds since the event of the oldest entry happened; 0 where nothing waits or it does not tell its time."""
    happened_ms = lag.oldest.timestamp_ms if lag.oldest else None
    return 0.0 if happened_ms is None else max(now_ms - happened_ms, 0) / 1000
