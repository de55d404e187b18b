"""The notification service's subscriber: sends e-mail and SMS for the events of a claim."""

import math
from typing import Protocol

from functions.notification import bootstrap
from handlers.batch import BatchResponse, StreamBatch, handle_together


class Context(Protocol):
    """What is asked of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def handler(event: StreamBatch, context: Context | None) -> BatchResponse:
    """Notify for the events of the batch, in order; what could not be sent is delivered again.

    Without a context, as a person invokes it, there is no end of time.
    """
    notifier = bootstrap.notifier()

    def time_left_s() -> float:
        return math.inf if context is None else context.get_remaining_time_in_millis() / 1000

    return handle_together(event, lambda records: notifier.notify(records, time_left_s))
