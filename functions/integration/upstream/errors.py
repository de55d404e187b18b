"""What can go wrong with another system."""

from envelope.errors import RetryableError


class UpstreamUnavailableError(RetryableError):
    """The system does not answer, or not in time, or with something that nobody can use. It says nothing of the id."""


class OtherDocumentError(UpstreamUnavailableError):
    """The system is well, and answered about something else than was asked for: the id is one that it reads otherwise.

    Says nothing against the system, so no circuit opens for it.
    """
