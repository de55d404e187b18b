"""The observer's own metrics: what it measures of the processes, the stores and the consumer groups."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.samples import Sample

from local.observing import catalog
from metrics.exposition import Exposition, encode
from metrics.instruments import Counter, Gauge

NAMES = frozenset(value.name for value in vars(catalog).values() if isinstance(value, Counter | Gauge))


def own_metrics() -> Iterator[Metric]:
    """Those of the catalogue, without what the client library tells of this process.

    Of a store that is away there is nothing but that: its figures are of another time.
    """
    told = [metric for metric in REGISTRY.collect() if {metric.name, f"{metric.name}_total"} & NAMES]
    up = _stores_up(told)
    for metric in told:
        if metric.name != catalog.STORE_UP.name:
            metric.samples = [sample for sample in metric.samples if _store_of(sample) in {None, *up}]
        yield metric


def own_text(accept: str) -> Exposition:
    """The same as text, in the form that the `Accept` header asks for."""
    registry = CollectorRegistry()
    registry.register(_Own())
    return encode(registry, accept)


def _store_of(sample: Sample) -> str | None:
    """Whom it tells of; None for a process."""
    return "log" if sample.name in catalog.OF_THE_LOG else sample.labels.get("store")


def _stores_up(told: list[Metric]) -> set[str]:
    return {
        sample.labels["store"]
        for metric in told
        if metric.name == catalog.STORE_UP.name
        for sample in metric.samples
        if sample.value
    }


class _Own:
    """A collector over the catalogue."""

    def collect(self) -> Iterator[Metric]:
        return own_metrics()
