"""A schedule's event → one sweep over the claims whose context waits."""

from typing import Any

from functions.integration import bootstrap
from handlers.timing import Context, time_left_of


def handler(event: dict[str, Any], context: Context | None) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """Sweep, whatever the event says; the answer tells what was done. Raises StoreUnavailableError."""
    return bootstrap.sweeping().sweep(time_left_of(context)).to_dict()
