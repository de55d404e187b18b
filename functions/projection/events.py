"""The projection's subscriber: folds events into the read models."""

from functions.projection import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together


def handler(event: StreamBatch, context: object) -> BatchResponse:  # noqa: ARG001 (Lambda's signature)
    """Apply a batch in one transaction; what failed, and what must wait for it, is delivered again."""
    return handle_together(event, bootstrap.projector().apply)
