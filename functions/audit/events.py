"""Stream batches → the audit trail."""

from typing import Any

from functions.audit import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together


def handler(event: StreamBatch, context: Any) -> BatchResponse:  # noqa: ARG001 (Lambda's signature)
    """Record the batch; the answer names the entries that must come again."""
    return handle_together(event, lambda records: bootstrap.recording().record(records))
