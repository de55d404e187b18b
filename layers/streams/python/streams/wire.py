"""What goes to a batch handler and what comes back, as on Lambda's own stream mappings."""

from typing import Any, TypedDict


class StreamRecord(TypedDict):
    """One entry. `deliveryCount` is 1 at the first delivery."""

    eventSource: str
    eventID: str
    stream: str
    group: str
    deliveryCount: int
    event: dict[str, Any]


class StreamBatch(TypedDict):
    """The event a handler is invoked with."""

    Records: list[StreamRecord]
