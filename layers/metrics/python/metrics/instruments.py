"""Counters, gauges and histograms as the system's code uses them, over prometheus_client's.

`labels(...)` keeps its children: prometheus_client looks one up under a lock each time, as dear as counting itself.
On Lambda what is counted goes to CloudWatch too, see `metrics.emf`; whoever answers an invocation calls `flush_metrics`
at its end.
"""

import os
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import prometheus_client

from metrics import emf

# From 1 ms to 10 s, finer where requests and handlers usually are.
DURATION_BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
# What may wait for a subscriber that is away: up to an hour.
WAITING_BUCKETS = (*DURATION_BUCKETS, 30.0, 60.0, 300.0, 900.0, 3600.0)

_EXEMPLAR_LENGTH_MAX = 128 - len("correlation_id")  # OpenMetrics: all label names and values of an exemplar together
# Over several processes the values stand in files, which have no room for exemplars.
_KEEPS_EXEMPLARS = "PROMETHEUS_MULTIPROC_DIR" not in os.environ

_recorder = (
    emf.Recorder(
        os.environ.get("POWERTOOLS_METRICS_NAMESPACE", emf.NAMESPACE), os.environ.get("SERVICE_NAME", "recours")
    )
    if emf.is_wanted()
    else None
)

Series = TypeVar("Series")


class CounterSeries(Protocol):
    """One series of a counter."""

    def inc(self, amount: float = 1.0) -> None:
        """Count."""


class GaugeSeries(Protocol):
    """One series of a gauge."""

    def set(self, value: float) -> None:
        """Replace the value."""


class HistogramSeries(Protocol):
    """One series of a histogram."""

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """Count a value, in seconds. `exemplar`: what `exemplar_of` gives."""


class _Instrument(Generic[Series]):
    """What all three share: a name, labels, and a series for each of their values, made once."""

    def __init__(self, name: str, labels: Sequence[str], make: Callable[[tuple[str, ...]], Series]) -> None:
        self.name = name
        self.label_names = tuple(labels)
        self._make = make
        self._series: dict[tuple[str, ...], Series] = {}
        if not labels:
            self._series[()] = make(())

    def labels(self, *values: str) -> Series:
        """The series of these label values, in the order of the label names."""
        series = self._series.get(values)
        if series is None:
            series = self._series[values] = self._make(values)
        return series


class Counter(_Instrument[CounterSeries]):
    """What only grows. A name ends in `_total`."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.text = text
        metric = prometheus_client.Counter(name, text, labels)

        def make(values: tuple[str, ...]) -> CounterSeries:
            series = metric.labels(*values) if values else metric
            return emf.RecordedCounter(series, _recorder, name, _pairs(labels, values)) if _recorder else series

        super().__init__(name, labels, make)

    def inc(self, amount: float = 1.0) -> None:
        """Count on the only series of a counter without labels."""
        self.labels().inc(amount)


class Gauge(_Instrument[GaugeSeries]):
    """What goes up and down. Over several processes the value set last counts."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        self.text = text
        metric = prometheus_client.Gauge(name, text, labels, multiprocess_mode="mostrecent")

        def make(values: tuple[str, ...]) -> GaugeSeries:
            series = metric.labels(*values) if values else metric
            return emf.RecordedGauge(series, _recorder, name, _pairs(labels, values)) if _recorder else series

        super().__init__(name, labels, make)
        self._metric = metric

    def remove(self, *values: str) -> None:
        """Tell nothing more of a series that is there; in this process alone, of several it is the others' too."""
        del self._series[values]
        self._metric.remove(*values)

    def set(self, value: float) -> None:
        """Set the only series of a gauge without labels."""
        self.labels().set(value)


class Histogram(_Instrument[HistogramSeries]):
    """Observed durations, in seconds."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str] = (), *, buckets: Sequence[float] = DURATION_BUCKETS
    ) -> None:
        self.text = text
        metric = prometheus_client.Histogram(name, text, labels, buckets=buckets)

        def make(values: tuple[str, ...]) -> HistogramSeries:
            series = metric.labels(*values) if values else metric
            return emf.RecordedHistogram(series, _recorder, name, _pairs(labels, values)) if _recorder else series

        super().__init__(name, labels, make)


def exemplar_of(correlation_id: str) -> dict[str, str] | None:
    """What leads from a histogram's bucket to one request's log lines; None where it cannot be kept."""
    if not _KEEPS_EXEMPLARS or len(correlation_id) > _EXEMPLAR_LENGTH_MAX:
        return None
    return {"correlation_id": correlation_id}


def flush_metrics() -> None:
    """At the end of an invocation: hand CloudWatch what it counted. What is done stays done where this fails."""
    if _recorder is None:
        return
    try:
        _recorder.flush()
    except Exception:  # noqa: BLE001 (no count is worth an invocation)
        from metrics.logs import logger  # what only counts has no use for Powertools

        logger.exception("the metrics could not be printed")


def _pairs(names: Sequence[str], values: tuple[str, ...]) -> emf.Labels:
    return tuple(zip(names, values, strict=True))
