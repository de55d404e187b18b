"""Stream batches → the archive."""

from typing import Any

from functions.event_store import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together


def handler(event: StreamBatch, context: Any) -> BatchResponse:  # noqa: ARG001 (Lambda's signature)
    """Archive the batch; the answer names the entries that must come again."""
    return handle_together(event, lambda records: bootstrap.archiving().archive(records))
