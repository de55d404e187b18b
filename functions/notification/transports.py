"""What the service asks of a mail server and of an SMS provider, and the three ways in which they can fail.

The texts of these errors are stored and logged: they hold codes, never what the other side wrote, which may repeat the
recipient's address.
"""

from email.message import EmailMessage
from typing import Protocol

from envelope.errors import RecoursError, RetryableError


class RefusedError(RecoursError):
    """This message will never be taken; a repeat changes nothing. The notification has failed."""


class DeferredError(RetryableError):
    """This message is not taken now. Others may be."""


class TransportDownError(RetryableError):
    """Nothing can be sent this way for now: the other side cannot be reached, or refuses us altogether."""


class MailTransport(Protocol):
    """Hands over e-mail."""

    def send(self, message: EmailMessage) -> None:
        """Return once the server has taken it. Raises RefusedError, DeferredError or TransportDownError."""

    def close(self) -> None:
        """Let go of the connection; the next `send` opens another."""


class SmsTransport(Protocol):
    """Hands over text messages."""

    def send(self, to: str, text: str, reference: str) -> None:
        """Return once the provider has taken it; it knows a repeat by the reference.

        Raises RefusedError, DeferredError or TransportDownError.
        """
