"""Notifications in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from repositories.ports.notifications import (
    Notification,
    NotificationCount,
    NotificationFilter,
    NotificationPlace,
    Outcome,
    Plan,
    Planned,
    Refused,
    Sent,
    Waiting,
)


class MemoryNotificationStore:
    """A NotificationStore that forgets everything with the process."""

    def __init__(self) -> None:
        self._notifications: dict[str, Notification] = {}

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        """See `NotificationStore.plan`. Memory can hold any."""
        return Plan([self._plan(each) for each in notifications], {})

    def begin_attempts(self, notification_ids: Sequence[str]) -> None:
        """See `NotificationStore.begin_attempts`."""
        for pending in self._pending(notification_ids):
            self._keep(replace(pending, attempts=pending.attempts + 1))

    def record(self, outcomes: Mapping[str, Outcome], sent_at: datetime) -> None:
        """See `NotificationStore.record`."""
        for notification_id, outcome in outcomes.items():
            for pending in self._pending([notification_id]):
                self._keep(_ended(pending, outcome, sent_at))

    def unsent_of(self, claim_ids: Collection[str]) -> list[Notification]:
        """See `NotificationStore.unsent_of`."""
        return [each for each in self._notifications.values() if each.claim_id in claim_ids and each.status != "sent"]

    def remove(self, notification_ids: Sequence[str]) -> None:
        """See `NotificationStore.remove`."""
        for each in notification_ids:
            if each in self._notifications and self._notifications[each].status == "failed":
                del self._notifications[each]

    def get(self, identifier: str) -> Notification | None:
        """See `NotificationStore.get`."""
        for each in self._notifications.values():
            if identifier in (each.reference, each.notification_id):
                return each
        return None

    def find(
        self, which: NotificationFilter, *, limit: int, offset: int = 0, after: NotificationPlace | None = None
    ) -> list[Notification]:
        """See `NotificationStore.find`."""
        wanted = which.values()
        found = [
            each
            for each in self._notifications.values()
            if all(getattr(each, name) == value for name, value in wanted.items())
            and (which.event_types is None or each.event_type in which.event_types)
            and (after is None or _place(each) < after)
        ]
        return sorted(found, key=_place, reverse=True)[offset : offset + limit]

    def counts(self) -> list[NotificationCount]:
        """See `NotificationStore.counts`."""
        kinds = Counter((each.channel, each.event_type, each.status) for each in self._notifications.values())
        return [NotificationCount(*kind, count) for kind, count in kinds.items()]

    def _plan(self, notification: Notification) -> Planned:
        is_new = notification.notification_id not in self._notifications
        return Planned(self._notifications.setdefault(notification.notification_id, notification), is_new)

    def _pending(self, notification_ids: Sequence[str]) -> list[Notification]:
        found = [self._notifications[each] for each in notification_ids if each in self._notifications]
        return [each for each in found if each.status == "pending"]

    def _keep(self, notification: Notification) -> None:
        self._notifications[notification.notification_id] = notification


def _ended(notification: Notification, outcome: Outcome, sent_at: datetime) -> Notification:
    match outcome:
        case Sent():
            return replace(notification, status="sent", sent_at=sent_at)
        case Refused():
            return replace(notification, status="failed", reason=outcome.reason)
        case Waiting():
            attempts = notification.attempts - (not outcome.begun)
            return replace(notification, last_error=outcome.error, attempts=attempts)
        case _:
            assert_never(outcome)


def _place(notification: Notification) -> NotificationPlace:
    return NotificationPlace(notification.position, notification.reference)
