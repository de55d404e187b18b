"""A schedule's event → one sweep."""

from typing import Any

from functions.retention import bootstrap


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Sweep, whatever the event says; the answer tells what was done. Raises StoreUnavailableError without the log."""
    return bootstrap.retention().sweep().to_dict()
