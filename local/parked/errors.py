"""Why an operator does not get what they asked for. The classes they come from tell the HTTP status."""

from envelope.errors import InvalidError, NotFoundError, RejectedError


class NothingParkedError(NotFoundError):
    """Nothing is parked under that id."""


class SeveralGroupsError(RejectedError):
    """The id is parked in several groups, and which one is meant was not said."""


class UnknownGroupError(InvalidError):
    """The template has no such group."""


class UnknownCursorError(InvalidError):
    """The page cannot be continued from there."""
