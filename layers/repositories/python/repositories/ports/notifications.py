"""What was, or is to be, sent to whom: one record a notification, written before it is sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

Channel = Literal["email", "sms"]
NotificationStatus = Literal["pending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one recipient because of one event.

    `notification_id` is `<event_id>:<channel>:<recipient>`, with `none` where there is no recipient: what makes a
    redelivered event's notification the one that exists already. `reference` says the same without personal data, for
    the outside: the Message-ID of the e-mail, the SMS provider's reference, the id in URLs. `recipient` is an e-mail
    address or a telephone number. `position` is the event's, 0 where it was not told. `attempts` counts the sends that
    were begun; a process that dies may leave one too many, for a send that it did not come to. `reason` tells why it
    failed for good, `last_error` how the last attempt ended that will be repeated. Times are UTC milliseconds;
    `sent_at` is when the send was written down, with others of the same moment.

    `planned_by` is the id of the event that planned it, where that is not its own: the context that told of a
    recipient. The delivery of that event sends it, and no other does. `event` is the event's envelope, ready for JSON,
    where the customer could not be reached: what it takes to make the notification again once that can be.
    """

    notification_id: str
    reference: str
    channel: Channel
    recipient: str | None
    addressee: str | None
    subject: str | None
    text: str
    event_id: str
    event_type: str
    claim_id: str
    customer_id: str | None
    correlation_id: str
    position: int
    created_at: datetime
    status: NotificationStatus = "pending"
    attempts: int = 0
    sent_at: datetime | None = None
    reason: str | None = None
    last_error: str | None = None
    planned_by: str | None = None
    event: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are meant; None stands for any, and `event_types` for any of them."""

    claim_id: str | None = None
    customer_id: str | None = None
    channel: Channel | None = None
    status: NotificationStatus | None = None
    event_type: str | None = None
    correlation_id: str | None = None
    event_types: frozenset[str] | None = None

    def values(self) -> dict[str, str]:
        """The fields that must have a value, with it; `event_types` is no such field."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "event_types"}
        return {name: value for name, value in given.items() if value is not None}


class NotificationPlace(NamedTuple):
    """Where a notification stands in the list: that of the newest event first, the reference decides within one."""

    position: int
    reference: str


@dataclass(frozen=True, slots=True)
class NotificationCount:
    """How many there are of one kind."""

    channel: Channel
    event_type: str
    status: NotificationStatus
    count: int


class Planned(NamedTuple):
    """A notification as the store has it now, and whether `plan` has just written it."""

    notification: Notification
    is_new: bool


class Plan(NamedTuple):
    """What became of the notifications that `plan` was given."""

    planned: list[Planned]
    failures: Mapping[str, Exception]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It stays pending and will be tried again. `begun` is False where the attempt was counted but never made."""

    error: str
    begun: bool


Outcome = Sent | Refused | Waiting


class NotificationStore(Protocol):
    """Keeps every notification for good, but for those without recipient that others replace.

    All methods raise StoreUnavailableError when the store does not answer.
    """

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        """Write those that are not there yet and return all of them, in the same order, as the store has them now.

        No id may occur twice. Those that the store cannot hold are left out, and their UnreadableErrors returned by id.
        """

    def begin_attempts(self, notification_ids: Sequence[str]) -> None:
        """Count one more attempt at each of these that is pending, before it is sent again."""

    def record(self, outcomes: Mapping[str, Outcome], sent_at: datetime) -> None:
        """Write how attempts ended, by notification id. Changes nothing about what is not pending.

        `sent_at` is one for all that were sent: they are cheaper to write together. When it raises, any part of them
        may have been written.
        """

    def unsent_of(self, claim_ids: Collection[str]) -> list[Notification]:
        """Those of these claims that are pending or have failed, in no order."""

    def remove(self, notification_ids: Sequence[str]) -> None:
        """Remove those of these that have failed: each was replaced by another."""

    def get(self, identifier: str) -> Notification | None:
        """The notification with this reference or notification id."""

    def find(
        self, which: NotificationFilter, *, limit: int, offset: int = 0, after: NotificationPlace | None = None
    ) -> list[Notification]:
        """At most `limit`, newest first, behind `after` where it is given, without the first `offset`."""

    def counts(self) -> list[NotificationCount]:
        """How many there are of each channel, event type and status; without those of which there are none."""
