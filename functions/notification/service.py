"""Sends the notifications of a batch of events, each one once: written as pending, sent, marked.

Writing is one step for the whole batch and marking one for a group of sends, because a durable write costs more than
all else here. A process that dies between two steps leaves pending notifications. Their events are delivered again, and
what is pending is sent again under the same Message-ID or reference, so that the recipient's side can know the repeat.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from envelope import EVENT_TYPES, utc_now
from functions.notification.delivery import Delivery
from functions.notification.in_order import InOrder
from functions.notification.marks import Marks
from functions.notification.outbox import Outbox, Transports
from functions.notification.planning import Planner
from functions.notification.rules import AgentPolicy
from handlers.batch import Record
from metrics import tracing
from repositories.ports.contacts import ContactStore
from repositories.ports.notifications import Notification, NotificationStore


class Notifier:
    """The use case: events in, their notifications out."""

    def __init__(
        self,
        contacts: ContactStore,
        notifications: NotificationStore,
        transports: Transports,
        agents: AgentPolicy,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._planner = Planner(contacts, notifications, agents, clock)
        self._notifications = notifications
        self._transports = transports
        self._clock = clock

    def notify(self, records: Sequence[Record], time_left_s: Callable[[], float]) -> Mapping[str, Exception]:
        """Send what the events ask for and has not been sent yet.

        Returns why records failed, by entry id; a failure holds back the later records of its claim. An event type that
        is not in the catalogue asks for nothing. Raises StoreUnavailableError where nothing could be planned: then
        nothing was sent, and all have failed.
        """
        batch = InOrder(record for record in records if record.envelope.event_type in EVENT_TYPES)
        plans = self._planner.plan(batch)
        marks = Marks(self._notifications, self._clock)
        delivery = Delivery(Outbox(self._transports), marks, time_left_s)
        try:
            batch.each(lambda record: _deliver(delivery, record, plans[record.entry_id]))
            delivery.finish(
                (notification, error)
                for entry_id, error in batch.failures.items()
                for notification in plans.get(entry_id, ())
            )
        finally:
            self._transports.mail.close()
        return {**marks.failures_of(plans), **batch.failures}


def _deliver(delivery: Delivery, record: Record, notifications: Sequence[Notification]) -> None:
    """What is sent belongs to its own event's trace, though a batch shares the rest."""
    with tracing.about(record.envelope.event_id, record.envelope.metadata):
        delivery.deliver(notifications)
