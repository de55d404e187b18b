"""What nobody could receive is made again, once a claim's context tells of a recipient. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from envelope import Envelope, read_payload
from functions.notification.rules import NO_RECIPIENT, AgentPolicy, is_for_customer, notifications_for
from repositories.ports.contacts import Contact
from repositories.ports.notifications import Notification


def is_without_recipient(notification: Notification) -> bool:
    """Whether it was for the customer, whom nobody could reach."""
    return (
        notification.status == "failed"
        and notification.reason == NO_RECIPIENT
        and is_for_customer(notification.event_type, notification.channel)
    )


def made_again(
    context: Envelope, unsent: Iterable[Notification], contact: Contact | None, agents: AgentPolicy, now: datetime
) -> Iterator[Notification]:
    """What the delivery of a claim's context has to send, of the claim's notifications that are `unsent`.

    That is what an earlier delivery planned, and those without recipient, for whom there is one now: in that
    recipient's name and language. Where there still is none, or the event was not kept, nothing replaces them.
    Raises UnreadableError for an event that no version of us can read.
    """
    for each in unsent:
        if each.planned_by == context.event_id:
            yield each
        elif is_without_recipient(each) and each.event is not None:
            envelope = Envelope.model_validate(each.event)
            anew = notifications_for(envelope, read_payload(envelope), contact, agents, now)
            yield from (
                replace(other, planned_by=context.event_id)
                for other in anew
                if other.channel == each.channel and other.recipient is not None
            )


def replaced(unsent: Iterable[Notification], planned: Iterable[Notification]) -> list[str]:
    """The ids of those without recipient instead of which one with a recipient is written."""
    reachable = {(each.event_id, each.channel) for each in planned if each.recipient is not None}
    return [
        each.notification_id
        for each in unsent
        if is_without_recipient(each) and (each.event_id, each.channel) in reachable
    ]
