"""What is counted, for CloudWatch: on Lambda nobody can scrape, so it is printed in the Embedded Metric Format.

Powertools makes the documents, one a set of labels; they are printed at the end of each invocation. Elsewhere the
values stand in prometheus_client's files, and nothing here is used but `is_wanted`.
Source: "Specification: CloudWatch embedded metric format".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metrics.instruments import CounterSeries, GaugeSeries, HistogramSeries

NAMESPACE = "Recours"
_UNITS = (("_seconds", "Seconds"), ("_bytes", "Bytes"), ("_total", "Count"))

Labels = tuple[tuple[str, str], ...]


def is_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """On Lambda, where no emulator or container collects files."""
    return "AWS_LAMBDA_FUNCTION_NAME" in environment and "PROMETHEUS_MULTIPROC_DIR" not in environment


class Recorder:
    """Keeps what one invocation counts: the sum of a counter, the last value of a gauge, all that a histogram saw."""

    def __init__(self, namespace: str, service: str) -> None:
        """`service`: the dimension of what has no label of that name."""
        self._namespace = namespace
        self._service = service
        self._values: dict[Labels, dict[str, list[float]]] = {}

    def add(self, name: str, labels: Labels, amount: float) -> None:
        """A counter grew."""
        values = self._of(name, labels)
        values[:] = [sum(values) + amount]

    def set(self, name: str, labels: Labels, value: float) -> None:
        """A gauge has another value."""
        self._of(name, labels)[:] = [value]

    def observe(self, name: str, labels: Labels, value: float) -> None:
        """A histogram saw a value."""
        self._of(name, labels).append(value)

    def flush(self) -> None:
        """Print it all, and begin anew."""
        from aws_lambda_powertools.metrics import EphemeralMetrics

        kept, self._values = self._values, {}
        for labels, metrics in kept.items():
            document = EphemeralMetrics(namespace=self._namespace)
            for label, dimension in {"service": self._service, **dict(labels)}.items():
                document.add_dimension(label, dimension)
            for name, values in metrics.items():
                for value in values:  # a hundred of them make a document of their own, which Powertools sees to
                    document.add_metric(name, _unit(name), value)
            if document.metric_set:
                document.flush_metrics()

    def _of(self, name: str, labels: Labels) -> list[float]:
        return self._values.setdefault(labels, {}).setdefault(name, [])


class RecordedCounter:
    """A series that is kept for CloudWatch too."""

    def __init__(self, series: CounterSeries, recorder: Recorder, name: str, labels: Labels) -> None:
        self._series = series
        self._recorder = recorder
        self._place = (name, labels)

    def inc(self, amount: float = 1.0) -> None:
        """See CounterSeries."""
        self._series.inc(amount)
        self._recorder.add(*self._place, amount)


class RecordedGauge:
    """A series that is kept for CloudWatch too."""

    def __init__(self, series: GaugeSeries, recorder: Recorder, name: str, labels: Labels) -> None:
        self._series = series
        self._recorder = recorder
        self._place = (name, labels)

    def set(self, value: float) -> None:
        """See GaugeSeries."""
        self._series.set(value)
        self._recorder.set(*self._place, value)


class RecordedHistogram:
    """A series that is kept for CloudWatch too."""

    def __init__(self, series: HistogramSeries, recorder: Recorder, name: str, labels: Labels) -> None:
        self._series = series
        self._recorder = recorder
        self._place = (name, labels)

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """See HistogramSeries."""
        self._series.observe(amount, exemplar)
        self._recorder.observe(*self._place, amount)


def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS if name.endswith(ending)), "None")
