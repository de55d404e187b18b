"""Why an event cannot be made."""


class EventError(Exception):
    """The template has nothing that such an event could come from. The text says what it has."""
