"""What a batch's events ask for, written down before anything is sent."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from envelope import ReclamationEnrichie
from envelope.errors import RetryableError
from functions.notification.acquaintance import Acquaintance, look_up, remember
from functions.notification.in_order import InOrder
from functions.notification.making_again import is_without_recipient, made_again, replaced
from functions.notification.rules import AgentPolicy, notifications_for
from functions.notification.told import Told, read
from functions.notification.unkept import UnkeptEvents
from repositories.ports.contacts import ContactStore
from repositories.ports.notifications import Notification, NotificationStore, Planned

Plans = Mapping[str, Sequence[Notification]]
"""Notifications by the entry id of the event whose delivery sends them."""


class ContextCameError(RetryableError):
    """The claim's context became known while the event was planned without it."""


class Planner:
    """Plans batches, with one write and one read a store for each, however many events there are.

    Where claims have a context, or nobody to write to, there are a few more, each again one for all.
    """

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
        self._unkept = UnkeptEvents()

    def plan(self, batch: InOrder) -> dict[str, list[Notification]]:
        """What the delivery of each event has to send, by entry id, as the store has it now.

        Raises StoreUnavailableError.
        """
        events = batch.each(read)
        failures = remember(self._contacts, events.values())
        batch.each(lambda record: _raise_any(failures, [record.envelope.aggregate_id]))
        known = look_up(self._contacts, {each.claim_id for each in events.values() if each.asks_for_contact})
        unsent = self._notifications.unsent_of(known.enriched())
        wanted = self._wanted(batch, events, known, unsent)
        planned = self._write(batch, wanted)
        # Only now: a process that dies before this leaves both of them, and the next delivery finds both.
        self._notifications.remove(replaced(unsent, (each.notification for each in planned.values())))
        plans = {entry_id: _to_send(notifications, planned) for entry_id, notifications in wanted.items()}
        self._look_again(batch, events, plans, known)
        return plans

    def _wanted(
        self, batch: InOrder, events: Mapping[str, Told], known: Acquaintance, unsent: Iterable[Notification]
    ) -> dict[str, list[Notification]]:
        """What each event asks for; that of a context, what the claim's other events asked for in vain."""
        by_claim: defaultdict[str, list[Notification]] = defaultdict(list)
        for notification in unsent:
            by_claim[notification.claim_id].append(notification)

        def ask(event: Told) -> list[Notification]:
            contact, now = known.contact(event.claim_id), self._clock()
            if not isinstance(event.fact, ReclamationEnrichie):
                return notifications_for(event.envelope, event.fact, contact, self._agents, now)
            self._unkept.warn_of(by_claim[event.claim_id])
            return list(made_again(event.envelope, by_claim[event.claim_id], contact, self._agents, now))

        return batch.each(lambda record: ask(events[record.entry_id]))

    def _write(self, batch: InOrder, wanted: Plans) -> dict[str, Planned]:
        """Write the notifications, each with the attempt that is about to be made; returns them by id."""
        unique: dict[str, Notification] = {}
        for notification in (each for some in wanted.values() for each in some):
            # The log may hold an event twice, and both may be in this batch; so may a claim's first event come again
            # beside its context. The one that is the first plans it.
            unique.setdefault(notification.notification_id, _counted(notification))
        planned, failures = self._notifications.plan(list(unique.values()))
        by_id = {each.notification.notification_id: each for each in planned}
        to_send = {each.notification_id: each for some in wanted.values() for each in _to_send(some, by_id)}
        self._notifications.begin_attempts(
            [each.notification_id for each in to_send.values() if _is_pending_since_before(by_id[each.notification_id])]
        )
        batch.each(lambda record: _raise_any(failures, [each.notification_id for each in wanted[record.entry_id]]))
        return by_id

    def _look_again(self, batch: InOrder, events: Mapping[str, Told], plans: Plans, known: Acquaintance) -> None:
        """Fail those events that nobody could be told of, and whose claim's context has become known meanwhile.

        Another process may have handled the context between our look at the contacts and our write: then it did not
        find what we wrote. One of us looks after both have written, and what it sees is right at the next delivery.
        """
        in_vain = {
            entry_id: events[entry_id].claim_id
            for entry_id, notifications in plans.items()
            if any(is_without_recipient(each) for each in notifications)
        }
        came = look_up(self._contacts, set(in_vain.values()) - known.enriched()).enriched()
        late = {
            entry_id: ContextCameError("the claim's context came meanwhile")
            for entry_id, claim_id in in_vain.items()
            if claim_id in came
        }
        batch.each(lambda record: _raise_any(late, [record.entry_id]))


def _to_send(wanted: Iterable[Notification], planned: Mapping[str, Planned]) -> list[Notification]:
    """Those of them that the store has, and that the one who wants them planned.

    Else two deliveries, of a claim's event and of its context, could both be sending one at the same time.
    """
    found = [(planned[each.notification_id].notification, each) for each in wanted if each.notification_id in planned]
    return [stored for stored, each in found if stored.planned_by == each.planned_by]


def _is_pending_since_before(planned: Planned) -> bool:
    return planned.notification.status == "pending" and not planned.is_new


def _counted(notification: Notification) -> Notification:
    """The first attempt is counted in the write that precedes it, unless there will be none."""
    return replace(notification, attempts=1) if notification.status == "pending" else notification


def _raise_any(failures: Mapping[str, Exception], identifiers: Collection[str]) -> None:
    for each in identifiers:
        if each in failures:
            raise failures[each]
