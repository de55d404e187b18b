"""The notification service's subscriber: sends e-mail and SMS for the events of a claim."""

from functions.notification import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together
from handlers.timing import Context, time_left_of


def handler(event: StreamBatch, context: Context | None) -> BatchResponse:
    """Notify for the events of the batch, in order; what could not be sent is delivered again."""
    notifier = bootstrap.notifier()
    return handle_together(event, lambda records: notifier.notify(records, time_left_of(context)))
