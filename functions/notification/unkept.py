"""Tells of notifications without recipient that cannot be made again: they were written before events were kept."""

from collections.abc import Iterable

from functions.notification.making_again import is_without_recipient
from metrics.logs import logger
from repositories.ports.notifications import Notification


class UnkeptEvents:
    """Warns once of each, in the life of a process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def warn_of(self, unsent: Iterable[Notification]) -> None:
        """Warn of those of these that have no event."""
        for each in unsent:
            if is_without_recipient(each) and each.event is None and each.reference not in self._told:
                self._told.add(each.reference)
                logger.warning("notification cannot be made again, its event was not kept", extra=_facts(each))


def _facts(notification: Notification) -> dict[str, str]:
    return {
        "notification_id": notification.reference,
        "event_type": notification.event_type,
        "event_id": notification.event_id,
        "claim_id": notification.claim_id,
    }
