"""What can go wrong with another system."""

from envelope.errors import RetryableError


class UpstreamUnavailableError(RetryableError):
    """The system does not answer, or not in time, or with something that nobody can use. It says nothing of the id."""


class OtherDocumentError(UpstreamUnavailableError):
    """The system answered, in JSON, with something else than was asked for: about another id, or no such document.

    It may be this one id that it has it for, and anybody may ask for any id: no circuit opens because of it.
    """
