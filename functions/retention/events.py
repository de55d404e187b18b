"""A schedule's event → one sweep."""

from typing import Any

from functions.retention import bootstrap
from metrics.instruments import flush_metrics


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Sweep, whatever the event says; the answer tells what was done. Raises StoreUnavailableError without the log."""
    try:
        return bootstrap.retention().sweep().to_dict()
    finally:
        flush_metrics()
