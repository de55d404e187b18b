"""What stops a poller, or tells that a mapping is not one."""


class StreamsError(Exception):
    """Everything this layer raises on purpose."""


class MappingError(StreamsError):
    """The mapping's properties are not what they must be. The text names function, property and allowed values."""


class EntriesLostError(StreamsError):
    """Entries that the group never read were trimmed or deleted: a person acts; the poller never skips."""
