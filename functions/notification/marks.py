"""Writes how attempts ended, in groups: one durable write costs about as much for 25 of them as for one.

A process that dies leaves at most one group unwritten. Its notifications are still pending, so the next delivery sends
them again, under their same Message-IDs and references.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from metrics.catalog import NOTIFICATIONS_FAILED, NOTIFICATIONS_SENT
from metrics.logs import logger
from repositories.ports.notifications import Notification, NotificationStore, Outcome, Refused, Sent

GROUP_COUNT_MAX = 25
GROUP_S_MAX = 0.25  # how long a first outcome may stay unwritten, but for a send that itself takes longer


class Marks:
    """The outcomes of one batch. `error` is why the store could not be told of some."""

    def __init__(
        self,
        notifications: NotificationStore,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifications = notifications
        self._clock = clock
        self._seconds = seconds
        self._group: list[tuple[Notification, Outcome]] = []
        self._write_at_s = 0.0
        self._lost: set[str] = set()
        self.error: Exception | None = None

    def add(self, notification: Notification, outcome: Outcome) -> None:
        """Write it with its group: at once, or when the group is full or old enough.

        A store that went down is not asked again in this batch.
        """
        if self.error is not None:
            self._lost.add(notification.notification_id)
            return
        if not self._group:
            self._write_at_s = self._seconds() + GROUP_S_MAX
        self._group.append((notification, outcome))
        if len(self._group) >= GROUP_COUNT_MAX or self._seconds() >= self._write_at_s:
            self.write()

    def write(self) -> None:
        """Write what has not been written yet."""
        group, self._group = self._group, []
        if not group:
            return
        try:
            outcomes = {notification.notification_id: outcome for notification, outcome in group}
            self._notifications.record(outcomes, self._clock())
        except Exception as error:  # noqa: BLE001 (whatever failed, what was sent must not pass for marked)
            self.error = error
            self._lost |= {notification.notification_id for notification, _ in group}
        else:
            for notification, outcome in group:
                _tell(notification, outcome)

    def failures_of(self, plans: Mapping[str, Sequence[Notification]]) -> dict[str, Exception]:
        """The keys of those plans that have an outcome which could not be written."""
        if self.error is None:
            return {}
        return {
            key: self.error for key, plan in plans.items() if any(each.notification_id in self._lost for each in plan)
        }


def _tell(notification: Notification, outcome: Outcome) -> None:
    """Count and log what is final."""
    if isinstance(outcome, Sent):
        NOTIFICATIONS_SENT.labels(notification.channel, notification.event_type).inc()
        logger.info("notification sent", extra=_facts(notification))
    elif isinstance(outcome, Refused):
        NOTIFICATIONS_FAILED.labels(notification.channel, notification.event_type).inc()
        logger.warning("notification refused", extra={**_facts(notification), "reason": outcome.reason})


def _facts(notification: Notification) -> dict[str, str]:
    return {
        "notification_id": notification.reference,
        "notification_type": notification.channel,
        "event_type": notification.event_type,
        "event_id": notification.event_id,
        "claim_id": notification.claim_id,
        "correlation_id": notification.correlation_id,
    }
