"""A schedule's event → one sweep over the claims whose context waits."""

from typing import Any

from functions.integration import bootstrap
from handlers.timing import Context, time_left_of
from metrics import tracing
from metrics.instruments import flush_metrics


def handler(event: dict[str, Any], context: Context | None) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Sweep, whatever the event says; the answer tells what was done. Raises StoreUnavailableError."""
    try:
        with tracing.run("sweep waiting contexts"):
            return bootstrap.sweeping().sweep(time_left_of(context)).to_dict()
    finally:
        flush_metrics()
