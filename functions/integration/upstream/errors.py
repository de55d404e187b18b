"""What can go wrong with another system."""

from envelope.errors import RetryableError


class UpstreamUnavailableError(RetryableError):
    """The system does not answer, or not in time, or with something that nobody can use. It says nothing of the id."""
