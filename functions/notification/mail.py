"""A notification as an e-mail. The same one makes the same message, byte for byte, however often it is sent."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from functions.notification.addresses import read_email
from functions.notification.rules import thread_of
from functions.notification.wording import one_line
from repositories.ports.notifications import Notification

MESSAGE_ID_DOMAIN = "recours"
FIRST_EVENT_TYPE = "ReclamationCreee"


def read_sender(text: str) -> Address:
    """`Service réclamations <reclamations@example.com>` as an address. Raises ValueError."""
    name, address = parseaddr(text)
    if read_email(address) is None:
        raise ValueError("must be an address such as: Claims <claims@example.com>")
    return Address(one_line(name), addr_spec=address)


def to_email(notification: Notification, sender: Address) -> EmailMessage:
    """The message. The notification must have a recipient.

    All messages of a claim refer to one thread; all but the first event's answer it.
    """
    assert notification.recipient is not None, "nobody to send it to"
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(one_line(notification.addressee or ""), addr_spec=notification.recipient)
    message["Subject"] = one_line(notification.subject or "")
    message["Date"] = notification.created_at
    message["Message-ID"] = message_id(notification.reference)
    thread = message_id(thread_of(notification.claim_id))
    if notification.event_type != FIRST_EVENT_TYPE:
        message["In-Reply-To"] = thread
    message["References"] = thread
    message["X-Correlation-ID"] = one_line(notification.correlation_id)
    message["Auto-Submitted"] = "auto-generated"  # keeps out-of-office robots from answering (RFC 3834)
    # Quoted-printable goes through servers that take seven bits only, and stays legible in a raw view.
    message.set_content(notification.text, cte="quoted-printable")
    return message


def message_id(reference: str) -> str:
    """`<reference@recours>`"""
    return f"<{reference}@{MESSAGE_ID_DOMAIN}>"
