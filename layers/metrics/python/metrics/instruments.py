"""Counters, gauges and histograms as the system's code uses them, over prometheus_client's.

`labels(...)` keeps its children: prometheus_client looks one up under a lock each time, as dear as counting itself.
"""

from collections.abc import Mapping, Sequence

import prometheus_client

# From 1 ms to 10 s, finer where requests and handlers usually are.
DURATION_BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
# What may wait for a subscriber that is away: up to an hour.
WAITING_BUCKETS = (*DURATION_BUCKETS, 30.0, 60.0, 300.0, 900.0, 3600.0)


class Counter:
    """What only grows. A name ends in `_total`."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.label_names = tuple(labels)
        self._metric = prometheus_client.Counter(name, text, labels)
        self._children: dict[tuple[str, ...], prometheus_client.Counter] = {}

    def labels(self, *values: str) -> prometheus_client.Counter:
        """The series of these label values, in the order of the label names."""
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._metric.labels(*values)
        return child

    def inc(self, amount: float = 1.0) -> None:
        """Count on the only series of a counter without labels."""
        self._metric.inc(amount)


class Gauge:
    """What goes up and down. Over several processes the value set last counts."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.label_names = tuple(labels)
        self._metric = prometheus_client.Gauge(name, text, labels, multiprocess_mode="mostrecent")
        self._children: dict[tuple[str, ...], prometheus_client.Gauge] = {}

    def labels(self, *values: str) -> prometheus_client.Gauge:
        """The series of these label values, in the order of the label names."""
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._metric.labels(*values)
        return child

    def set(self, value: float) -> None:
        """Set the only series of a gauge without labels."""
        self._metric.set(value)


class Histogram:
    """Observed durations, in seconds."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = DURATION_BUCKETS
    ) -> None:
        self.name = name
        self.label_names = tuple(labels)
        self._metric = prometheus_client.Histogram(name, text, labels, buckets=buckets)
        self._children: dict[tuple[str, ...], prometheus_client.Histogram] = {}

    def labels(self, *values: str) -> prometheus_client.Histogram:
        """The series of these label values, in the order of the label names."""
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._metric.labels(*values)
        return child

    def observe(self, seconds: float, exemplar: Mapping[str, str] | None = None) -> None:
        """Observe on the only series of a histogram without labels."""
        self._metric.observe(seconds, dict(exemplar) if exemplar else None)
