"""What a batch's events ask for, written down before anything is sent."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from envelope import ClaimEvent, Envelope, ReclamationCreee, read_payload
from functions.notification.in_order import InOrder
from functions.notification.rules import RULES, AgentPolicy, contact_of, notifications_for
from handlers.batch import Record
from repositories.ports.contacts import Contact, ContactStore
from repositories.ports.notifications import Notification, NotificationStore


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose data could be read."""

    envelope: Envelope
    fact: ClaimEvent


class Planner:
    """Plans batches, with one write and one read a store for each, however many events there are."""

    def __init__(
        self,
        contacts: ContactStore,
        notifications: NotificationStore,
        agents: AgentPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._contacts = contacts
        self._notifications = notifications
        self._agents = agents
        self._clock = clock

    def plan(self, batch: InOrder) -> dict[str, list[Notification]]:
        """The notifications of each event, by entry id, as the store has them now. Raises StoreUnavailableError."""
        events = batch.each(_read)
        contacts = self._remember(batch, events)
        wanted = batch.each(lambda record: self._wanted(events[record.entry_id], contacts))
        stored = self._write(batch, wanted)
        return {
            entry_id: [stored[each.notification_id] for each in notifications if each.notification_id in stored]
            for entry_id, notifications in wanted.items()
        }

    def _remember(self, batch: InOrder, events: Mapping[str, Event]) -> Mapping[str, Contact]:
        """Keep the contacts that came with the batch's first events, and look up those of its other claims."""
        claims = {each.envelope.aggregate_id: each.fact for each in events.values() if RULES[type(each.fact)]}
        new = [
            contact_of(each.envelope.aggregate_id, each.fact)
            for each in events.values()
            if isinstance(each.fact, ReclamationCreee)
        ]
        failures = self._contacts.remember(new)
        batch.each(lambda record: _raise_any(failures, [record.envelope.aggregate_id]))
        created = {each.claim_id: each for each in new}
        return self._contacts.of_claims(claims.keys() - created.keys()) | created

    def _wanted(self, event: Event, contacts: Mapping[str, Contact]) -> list[Notification]:
        contact = contacts.get(event.envelope.aggregate_id)
        return notifications_for(event.envelope, event.fact, contact, self._agents, self._clock())

    def _write(self, batch: InOrder, wanted: Mapping[str, Sequence[Notification]]) -> dict[str, Notification]:
        """Write the notifications, each with the attempt that is about to be made; returns them by id."""
        # By id: the log may hold an event twice, and both may be in this batch.
        unique = {each.notification_id: _counted(each) for some in wanted.values() for each in some}
        planned, failures = self._notifications.plan(list(unique.values()))
        self._notifications.begin_attempts(
            [old.notification_id for old, is_new in planned if not is_new and old.status == "pending"]
        )
        batch.each(lambda record: _raise_any(failures, [each.notification_id for each in wanted[record.entry_id]]))
        return {each.notification_id: each for each, _ in planned}


def _read(record: Record) -> Event:
    return Event(record.envelope, read_payload(record.envelope))


def _counted(notification: Notification) -> Notification:
    """The first attempt is counted in the write that precedes it, unless there will be none."""
    return replace(notification, attempts=1) if notification.status == "pending" else notification


def _raise_any(failures: Mapping[str, Exception], identifiers: Collection[str]) -> None:
    for each in identifiers:
        if each in failures:
            raise failures[each]
