"""The observer's own metrics: what it measures of the processes and the stores."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Metric

from local.observing import catalog
from metrics.exposition import Exposition, encode
from metrics.instruments import Counter, Gauge

NAMES = frozenset(value.name for value in vars(catalog).values() if isinstance(value, Counter | Gauge))


def own_metrics() -> Iterator[Metric]:
    """Those of the catalogue, without what the client library tells of this process."""
    return (metric for metric in REGISTRY.collect() if {metric.name, f"{metric.name}_total"} & NAMES)


def own_text(accept: str) -> Exposition:
    """The same as text, in the form that the `Accept` header asks for."""
    registry = CollectorRegistry()
    registry.register(_Own())
    return encode(registry, accept)


class _Own:
    """A collector over the catalogue."""

    def collect(self) -> Iterator[Metric]:
        return own_metrics()
