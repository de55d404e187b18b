"""Hands notifications to their transports, and tells what became of each."""

from dataclasses import dataclass
from email.headerregistry import Address

from envelope.errors import RetryableError
from functions.notification.mail import to_email
from functions.notification.transports import MailTransport, RefusedError, SmsTransport, TransportDownError
from repositories.ports.notifications import Channel, Notification, Outcome, Refused, Sent, Waiting


@dataclass(frozen=True, slots=True)
class Transports:
    """The ways out."""

    mail: MailTransport
    sms: SmsTransport
    sender: Address


class Outbox:
    """For one batch, whose notifications share the knowledge that a transport is down.

    Else a server that answers nobody would cost a timeout for each of them, and the batch its own.
    """

    def __init__(self, transports: Transports) -> None:
        self._transports = transports
        self._down: dict[Channel, str] = {}

    def send(self, notification: Notification) -> Outcome:
        """Try once, unless its transport is down."""
        if notification.channel in self._down:
            return Waiting(self._down[notification.channel], begun=False)
        try:
            self._hand_over(notification)
        except RefusedError as error:
            return Refused(str(error))
        except RetryableError as error:
            if isinstance(error, TransportDownError):
                self._down[notification.channel] = str(error)
            return Waiting(str(error), begun=True)
        return Sent()

    def _hand_over(self, notification: Notification) -> None:
        assert notification.recipient is not None, "a pending notification has a recipient"
        if notification.channel == "email":
            self._transports.mail.send(to_email(notification, self._transports.sender))
        else:
            self._transports.sms.send(notification.recipient, notification.text, notification.reference)
