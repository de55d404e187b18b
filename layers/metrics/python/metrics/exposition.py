"""The Prometheus text of a service: the sum over all its processes where several share a directory."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST


def render() -> str:
    """The metrics as text.

    A service runs in several processes (execution environments and pollers); prometheus_client then keeps their values
    in files below PROMETHEUS_MULTIPROC_DIR, and any one of them can tell for all.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY).decode()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry).decode()
