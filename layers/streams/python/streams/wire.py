"""What goes to a batch handler and what comes back, as on Lambda's own stream mappings."""

from typing import Any, NotRequired, TypedDict


class StreamRecord(TypedDict):
    """One entry. `deliveryCount` is 1 at the first delivery."""

    eventSource: str
    eventID: str
    stream: str
    group: str
    deliveryCount: int
    event: dict[str, Any]


class Window(TypedDict):
    """A tumbling window, ISO 8601; `end` is exclusive."""

    start: str
    end: str


class StreamBatch(TypedDict):
    """The event a handler is invoked with. All but `Records` is there with a tumbling window alone.

    `state` is what the handler answered last in this window, `{}` at first.
    """

    Records: list[StreamRecord]
    window: NotRequired[Window]
    state: NotRequired[dict[str, Any]]
    isFinalInvokeForWindow: NotRequired[bool]
    isWindowTerminatedEarly: NotRequired[bool]


class ErrorObject(TypedDict):
    """Why an item failed, in the form in which Lambda reports a function's error. Optional, and ours."""

    errorType: str
    errorMessage: str
    stackTrace: list[str]


class BatchItemFailure(TypedDict):
    """The `eventID` of a record that must be delivered again."""

    itemIdentifier: str
    error: NotRequired[ErrorObject]


class BatchResponse(TypedDict):
    """What a handler with `ReportBatchItemFailures` answers; `state` with a tumbling window alone."""

    batchItemFailures: list[BatchItemFailure]
    state: NotRequired[dict[str, Any]]
