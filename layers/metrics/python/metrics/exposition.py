"""The Prometheus text of a service: the sum over all its processes where several share a directory."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from metrics.files import reading


class Exposition(NamedTuple):
    """What `/metrics` answers."""

    text: str
    content_type: str


def render(accept: str = "") -> Exposition:
    """The metrics as text, in the form that the `Accept` header asks for: OpenMetrics has exemplars.

    A service runs in several processes (execution environments and pollers); prometheus_client then keeps their values
    in files below PROMETHEUS_MULTIPROC_DIR, and any one of them can tell for all.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return encode(REGISTRY if folder is None else collect(Path(folder)), accept)


def collect(folder: Path) -> CollectorRegistry:
    """The sum over all processes that write, or wrote, their samples to the folder."""
    registry = CollectorRegistry()
    registry.register(_OfFolder(folder))
    return registry


def encode(registry: CollectorRegistry, accept: str) -> Exposition:
    """The registry's metrics in the form that the header asks for."""
    encoder, content_type = choose_encoder(accept)
    return Exposition(encoder(registry).decode(), content_type)


class _OfFolder:
    """A collector over what counts in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """See MultiProcessCollector. Raises FileNotFoundError where there is no folder."""
        with reading(self._folder) as files:
            summed = MultiProcessCollector.merge(map(str, files))  # type: ignore[no-untyped-call]
        return iter(summed)
