"""Notifications as the API shows them: an e-mail and an SMS have different fields, and personal data may be masked."""

from typing import Literal

from pydantic import BaseModel, Field

from envelope import UtcMillis
from handlers.masking import mask_email, mask_name, mask_phone
from repositories.ports.notifications import Notification, NotificationStatus


class NotificationView(BaseModel):
    """What both kinds have."""

    notification_id: str
    event_id: str
    event_type: str
    claim_id: str
    customer_id: str | None
    correlation_id: str
    status: NotificationStatus
    attempts: int = Field(description="Sends that were begun")
    created_at: UtcMillis
    sent_at: UtcMillis | None
    reason: str | None = Field(description="Why it failed for good")
    last_error: str | None = Field(description="How the last attempt ended that did not succeed")


class EmailView(NotificationView):
    """An e-mail."""

    type: Literal["email"] = "email"
    recipient: str | None
    subject: str
    body: str


class SmsView(NotificationView):
    """A text message."""

    type: Literal["sms"] = "sms"
    phone: str | None
    message: str


class NotificationPage(BaseModel):
    """One page, newest first. `count` is that of the page."""

    notifications: list[EmailView | SmsView]
    count: int
    next_cursor: str | None


class NotificationStats(BaseModel):
    """How many notifications there are, and of which kinds."""

    total_notifications: int
    by_type: dict[str, int]
    by_event_type: dict[str, int]
    by_status: dict[str, int]


def view(notification: Notification, *, masked: bool) -> EmailView | SmsView:
    """The notification as the API shows it. Masked, it has neither address nor name; the id never holds any."""
    common = {
        "notification_id": notification.reference,
        "event_id": notification.event_id,
        "event_type": notification.event_type,
        "claim_id": notification.claim_id,
        "customer_id": notification.customer_id,
        "correlation_id": notification.correlation_id,
        "status": notification.status,
        "attempts": notification.attempts,
        "created_at": notification.created_at,
        "sent_at": notification.sent_at,
        "reason": notification.reason,
        "last_error": notification.last_error,
    }
    text = mask_name(notification.text, notification.addressee) if masked else notification.text
    recipient = _shown(notification, masked=masked)
    if notification.channel == "sms":
        return SmsView.model_validate({**common, "phone": recipient, "message": text})
    return EmailView.model_validate({**common, "recipient": recipient, "subject": notification.subject, "body": text})


def _shown(notification: Notification, *, masked: bool) -> str | None:
    if notification.recipient is None or not masked:
        return notification.recipient
    return mask_email(notification.recipient) if notification.channel == "email" else mask_phone(notification.recipient)
