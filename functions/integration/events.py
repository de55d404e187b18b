"""The integration service's subscriber: claims made without their context get it."""

from functions.integration import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together
from handlers.timing import Context, time_left_of


def handler(event: StreamBatch, context: Context | None) -> BatchResponse:
    """Ask for what the batch's claims lack; what could not be written is delivered again."""
    enriching = bootstrap.enriching()
    return handle_together(event, lambda records: enriching.enrich(records, time_left_of(context)))
