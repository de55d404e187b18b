"""Sends what a batch has planned, as long as there is time and the store can be told what was sent."""

from collections.abc import Callable, Iterable, Sequence

from envelope.errors import RecoursError, RetryableError
from functions.notification.marks import Marks
from functions.notification.outbox import Outbox
from repositories.ports.notifications import Notification, Outcome, Waiting

TIME_LEFT_S_MIN = 15.0  # what one more send and the last write may take: each of their waits ends after 10 s


class UnsentError(RetryableError):
    """At least one notification of the event waits for its transport."""


class OutOfTimeError(RetryableError):
    """The function will be stopped soon, so nothing more is begun."""


class Delivery:
    """The sends of one batch."""

    def __init__(self, outbox: Outbox, marks: Marks, time_left_s: Callable[[], float]) -> None:
        self._outbox = outbox
        self._marks = marks
        self._time_left_s = time_left_s
        self._outcomes: dict[str, Outcome] = {}

    def deliver(self, notifications: Sequence[Notification]) -> None:
        """Send those of one event that are pending.

        Raises UnsentError when any of them must be tried again, after all have been tried; OutOfTimeError; and
        StoreUnavailableError when what was sent before could not be marked: every further send would be repeated too.
        """
        pending = [each for each in notifications if each.status == "pending"]
        waiting = [end for each in pending if isinstance(end := self._settle(each), Waiting)]
        if waiting:
            raise UnsentError(f"{len(waiting)} of {len(notifications)} notifications wait: {waiting[0].error}")

    def finish(self, left_out: Iterable[tuple[Notification, Exception]]) -> None:
        """Write the last group. `left_out` are notifications of events that failed, each with why."""
        for notification, error in left_out:
            if notification.status == "pending" and notification.notification_id not in self._outcomes:
                self._keep(notification, Waiting(_reason(error), begun=False))
        self._marks.write()

    def _settle(self, notification: Notification) -> Outcome:
        """What became of it: the log may hold an event twice, and both may be in this batch."""
        known = self._outcomes.get(notification.notification_id)
        if known is not None:
            return known
        if self._marks.error is not None:
            raise self._marks.error
        if self._time_left_s() < TIME_LEFT_S_MIN:
            raise OutOfTimeError(f"less than {TIME_LEFT_S_MIN:.0f} s were left to send it")
        return self._keep(notification, self._outbox.send(notification))

    def _keep(self, notification: Notification, outcome: Outcome) -> Outcome:
        self._outcomes[notification.notification_id] = outcome
        self._marks.add(notification, outcome)
        return outcome


def _reason(error: Exception) -> str:
    """Fit to be stored. What is not ours may repeat an address."""
    return str(error) if isinstance(error, RecoursError) else type(error).__name__
