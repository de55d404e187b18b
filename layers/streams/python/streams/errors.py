"""What stops a poller, what fails a batch, and what tells that a mapping is not one."""


class StreamsError(Exception):
    """Everything this layer raises on purpose."""


class MappingError(StreamsError):
    """The mapping's properties are not what they must be. The text names function, property and allowed values."""


class EntriesLostError(StreamsError):
    """Entries that the group never read were trimmed or deleted: a person acts; the poller never skips."""


class FunctionError(StreamsError):
    """The function was invoked and failed: it raised, timed out, or its process died.

    `error_type`, `message` and `trace` are Lambda's errorType, errorMessage and stackTrace (as one text).
    """

    def __init__(self, error_type: str, message: str, trace: str = "") -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.trace = trace


class ThrottledError(StreamsError):
    """The function was not invoked: too many at once (429). The batch comes again and no retry is counted."""


class ParkedNotFoundError(StreamsError):
    """No event is parked under that id."""
