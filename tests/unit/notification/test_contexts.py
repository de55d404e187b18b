"""A claim whose customer nobody could reach: its context tells how, and what had no recipient is sent, once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from envelope import Envelope
from envelope.errors import UnreadableError
from functions.notification.delivery import UnsentError
from functions.notification.planning import ContextCameError
from functions.notification.reading import NotificationQuery, NotificationReader
from functions.notification.transports import DeferredError, RefusedError
from repositories.errors import StoreUnavailableError
from repositories.memory.contacts import MemoryContactStore
from repositories.memory.notifications import MemoryNotificationStore
from repositories.ports.contacts import Contact, KnownContact
from repositories.ports.notifications import Notification, Plan
from tests.unit.notification.claim_life import CUSTOMER, World, enriched, event

STAND_IN = "customer_of_order_45678"
EMAIL, SMS = "event-1:email:zoe@example.com", "event-1:sms:+33612345612"
NOBODY = ["event-1:email:none", "event-1:sms:none"]


@pytest.fixture
def world() -> World:
    return World()


def bare(**fields: object) -> Envelope:
    """The first event of a claim that was made without context."""
    return event("ReclamationCreee", {"customer_id": STAND_IN, "customer": None}, position=3, **fields)


def ids(world: World) -> list[str]:
    return [each.notification_id for each in world.kept()]


def test_what_had_no_recipient_is_sent_once_its_context_is_known(world: World) -> None:
    assert world.notify(bare()) == {}
    assert (ids(world), world.mail.tries) == (NOBODY, 0)
    assert world.notify(enriched({"customer_id": "cust_12345"})) == {}
    assert ids(world) == [EMAIL, SMS]
    assert {(each.status, each.attempts, each.customer_id) for each in world.kept()} == {("sent", 1, "cust_12345")}
    assert (len(world.mail.sent), [to for to, _, _ in world.sms.sent]) == (1, ["+33612345612"])


def test_it_is_the_message_that_the_event_would_have_made(world: World) -> None:
    world.notify(bare())
    world.notify(enriched())
    again = world.kept()
    other = World()
    other.notify(event("ReclamationCreee", {"customer_id": STAND_IN}, position=3))
    assert [replace(each, planned_by=None) for each in again] == other.kept()
    assert world.mail.sent[0].as_bytes() == other.mail.sent[0].as_bytes()


def test_it_is_worded_in_the_language_that_was_learnt(world: World) -> None:
    world.notify(bare())
    world.notify(enriched({"customer": {**CUSTOMER, "language": "en"}}))
    (email,) = world.mail.sent
    assert "Zoé Müller" in email.get_content()
    assert world.kept()[0].text.startswith("Hello Zoé Müller")


def test_all_of_a_claims_events_are_told_anew(world: World) -> None:
    world.notify(bare(), event("ReclamationAffectee"), event("ReclamationResolue"), event("ReclamationCloturee"))
    assert len(world.mail.sent) == 1
    assert world.notify(enriched()) == {}
    assert len(world.mail.sent) == 4
    assert {each.status for each in world.kept()} == {"sent"}


def test_later_events_find_the_learnt_contact_by_themselves(world: World) -> None:
    world.notify(bare())
    world.notify(enriched({"customer_id": "cust_12345"}))
    world.restarted()
    world.notify(event("ReclamationCloturee"))
    (closed,) = world.kept("event-5")
    assert (closed.status, closed.recipient, closed.customer_id) == ("sent", "zoe@example.com", "cust_12345")


def test_a_context_that_came_before_its_claim_leaves_nothing_without_recipient(world: World) -> None:
    assert world.notify(enriched()) == {}
    assert ids(world) == []
    assert world.notify(bare()) == {}
    assert ids(world) == [EMAIL, SMS]
    assert world.notify(enriched()) == {}
    assert (world.mail.tries, world.sms.tries) == (1, 1)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_claim_and_its_context_in_one_batch_lead_to_one_message_each(world: World, is_first: bool) -> None:
    batch = [bare(), enriched()] if is_first else [enriched(), bare()]
    for _ in range(2):
        assert world.notify(*batch) == {}
    assert (ids(world), world.mail.tries, world.sms.tries) == ([EMAIL, SMS], 1, 1)


def test_everything_that_comes_again_changes_nothing(world: World) -> None:
    world.notify(bare())
    world.notify(enriched())
    for repeat in ([enriched()], [bare()], [bare(), enriched()], [enriched(), enriched()]):
        world.restarted()
        assert world.notify(*repeat) == {}
    assert (ids(world), world.mail.tries, world.sms.tries) == ([EMAIL, SMS], 1, 1)


def test_what_still_has_no_recipient_stays_failed(world: World) -> None:
    world.notify(bare())
    assert world.notify(enriched({"customer": {"name": "Zoé", "email": "zoe@example.com"}})) == {}
    email, sms = world.kept()
    assert (email.status, email.notification_id) == ("sent", EMAIL)
    assert (sms.status, sms.reason, sms.notification_id) == ("failed", "no recipient", "event-1:sms:none")


@pytest.mark.parametrize("customer", [None, {**CUSTOMER, "source": "simulated"}])
def test_nobody_is_written_to_at_an_address_that_was_not_learnt(world: World, customer: object) -> None:
    world.notify(bare())
    assert world.notify(enriched({"customer": customer})) == {}
    assert (ids(world), world.mail.tries, world.sms.tries) == (NOBODY, 0, 0)


def test_what_the_claim_told_itself_is_not_sent_elsewhere(world: World) -> None:
    world.notify(event("ReclamationCreee", {"customer": {"name": "Zoé", "email": "zoe@example.com"}}))
    learnt = {"name": "Another", "email": "another@example.com", "phone": "+33612345612", "language": "en"}
    assert world.notify(enriched({"customer": learnt})) == {}
    assert ids(world) == [EMAIL, SMS]
    assert world.mail.tries == 1
    assert "claim_67890" in world.sms.sent[0][1]
    assert world.kept()[1].addressee == "Zoé"


def test_a_send_that_fails_makes_the_context_come_again(world: World) -> None:
    world.notify(bare())
    world.mail.error = DeferredError("451")
    failed = world.notify(enriched())
    assert isinstance(failed["1-0"], UnsentError)
    email, sms = world.kept()
    assert (email.notification_id, email.status, email.last_error) == (EMAIL, "pending", "451")
    assert sms.status == "sent"
    world.mail.error = None
    world.restarted()
    assert world.notify(enriched()) == {}
    assert (world.kept()[0].status, world.kept()[0].attempts, world.sms.tries) == ("sent", 2, 1)


def test_a_message_that_is_refused_has_failed_and_is_not_tried_again(world: World) -> None:
    world.notify(bare())
    world.mail.error = RefusedError("550")
    for _ in range(2):
        assert world.notify(enriched()) == {}
    email, _ = world.kept()
    assert (email.notification_id, email.status, email.reason, world.mail.tries) == (EMAIL, "failed", "550", 1)


def test_what_a_context_has_to_send_is_not_sent_by_its_claims_event(world: World) -> None:
    world.notify(bare())
    world.mail.error = world.sms.error = DeferredError("later")
    assert set(world.notify(enriched())) == {"1-0"}
    world.mail.error = world.sms.error = None
    assert world.notify(bare()) == {}
    assert {(each.status, each.attempts) for each in world.kept()} == {("pending", 1)}
    assert world.notify(enriched()) == {}
    assert {each.status for each in world.kept()} == {"sent"}


def test_what_a_claims_event_has_to_send_is_not_sent_by_its_context(world: World) -> None:
    world.contacts.remember([], [Contact("claim_67890", None, "Zoé", "zoe@example.com", "+33612345612")])
    world.mail.error = world.sms.error = DeferredError("later")
    assert set(world.notify(bare())) == {"1-0"}
    world.mail.error = world.sms.error = None
    assert world.notify(enriched()) == {}
    assert {(each.status, each.attempts) for each in world.kept()} == {("pending", 1)}
    assert world.notify(bare()) == {}
    assert {(each.status, each.attempts) for each in world.kept()} == {("sent", 2)}


class DiesAt(MemoryNotificationStore):
    """A store whose process dies before it removes, or after."""

    def __init__(self) -> None:
        super().__init__()
        self.dies_before_removing = self.dies_after_removing = False

    def remove(self, notification_ids: Sequence[str]) -> None:
        if self.dies_before_removing:
            raise KeyboardInterrupt
        super().remove(notification_ids)
        if self.dies_after_removing:
            raise KeyboardInterrupt


@pytest.mark.parametrize("step", ["dies_before_removing", "dies_after_removing"])
@pytest.mark.parametrize("repeat", [[enriched()], [bare(), enriched()], [enriched(), bare()]])
def test_a_process_that_dies_beside_the_removal_loses_and_doubles_nothing(
    world: World, step: str, repeat: list[Envelope]
) -> None:
    world.store = store = DiesAt()
    world.restarted()
    world.notify(bare())
    setattr(store, step, True)
    with pytest.raises(KeyboardInterrupt):
        world.notify(enriched())
    assert {EMAIL, SMS} <= set(ids(world))
    assert (NOBODY[0] in ids(world)) is (step == "dies_before_removing")
    setattr(store, step, False)
    world.restarted()
    assert world.notify(*repeat) == {}
    assert ids(world) == [EMAIL, SMS]
    assert {each.status for each in world.kept()} == {"sent"}
    assert (world.mail.tries, world.sms.tries) == (1, 1)


def test_a_first_event_that_comes_again_removes_what_it_left(world: World) -> None:
    world.store = store = DiesAt()
    world.restarted()
    world.notify(bare())
    world.contacts.remember([], [Contact("claim_67890", None, "Zoé", "zoe@example.com", "+33612345612")])
    store.dies_before_removing = True
    with pytest.raises(KeyboardInterrupt):
        world.notify(bare())
    store.dies_before_removing = False
    assert world.notify(bare()) == {}
    assert (ids(world), world.mail.tries, world.sms.tries) == ([EMAIL, SMS], 1, 1)


class ContextComesMeanwhile(MemoryNotificationStore):
    """A store before whose first write another process handles the context: what it does not find, it does not send."""

    def __init__(self, other: Callable[[], object]) -> None:
        super().__init__()
        self._other: Callable[[], object] | None = other

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        other, self._other = self._other, None
        if other is not None:
            other()
        return super().plan(notifications)


def test_a_context_that_another_process_handles_meanwhile_is_not_missed(world: World) -> None:
    learnt = Contact("claim_67890", None, "Zoé", "zoe@example.com", "+33612345612")
    world.store = ContextComesMeanwhile(lambda: world.contacts.remember([], [learnt]))
    world.restarted()
    other = event("ReclamationResolue", event_id="other", aggregate_id="claim_2")
    failed = world.notify(bare(), other)
    assert {entry_id: type(error) for entry_id, error in failed.items()} == {"1-0": ContextCameError}
    assert world.notify(bare()) == {}
    assert ids(world) == [EMAIL, SMS, "other:email:none"]
    assert (world.mail.tries, world.sms.tries) == (1, 1)


def test_a_notification_that_was_written_before_events_were_kept_is_left_and_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.notify(bare())
    old = [replace(each, event=None) for each in world.kept()]
    world.store = MemoryNotificationStore()
    world.store.plan(old)
    world.restarted()
    for _ in range(2):
        assert world.notify(enriched()) == {}
    assert (world.kept(), world.mail.tries) == (old, 0)
    told = [vars(each) for each in caplog.records if "its event was not kept" in each.message]
    assert [each["notification_id"] for each in told] == [each.reference for each in old]
    assert "zoe" not in str(told).lower()


def test_its_own_event_replaces_even_such_a_notification(world: World) -> None:
    world.notify(bare())
    old = [replace(each, event=None) for each in world.kept()]
    world.store = MemoryNotificationStore()
    world.store.plan(old)
    world.restarted()
    world.notify(enriched())
    assert world.notify(bare()) == {}
    assert (ids(world), world.mail.tries) == ([EMAIL, SMS], 1)


def test_an_agent_without_address_is_not_replaced_by_the_customer(world: World) -> None:
    world.notify(bare(), event("ReclamationAffectee", {"agent_email": "not an address"}))
    assert world.notify(enriched()) == {}
    (agent,) = world.kept("event-2")
    assert (agent.status, agent.reason, agent.event) == ("failed", "no recipient", None)


def test_a_context_fails_alone_where_its_contact_cannot_be_kept(world: World) -> None:
    class HoldsNoContext(MemoryContactStore):
        def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
            super().remember(own)
            return {f"context_{each.claim_id}": UnreadableError("too long") for each in learnt}

    world.contacts = HoldsNoContext()
    world.restarted()
    failed = world.notify(bare(), enriched())
    assert {entry_id: type(error) for entry_id, error in failed.items()} == {"2-0": UnreadableError}
    assert ids(world) == NOBODY


def test_a_kept_event_that_nobody_can_read_fails_the_context_of_its_claim_alone(world: World) -> None:
    world.notify(bare(), bare(event_id="fine", aggregate_id="claim_2"))
    spoilt = [
        replace(
            each,
            event={**each.event, "schema_version": 99} if each.event and each.event_id == "event-1" else each.event,
        )
        for each in world.kept()
    ]
    world.store = MemoryNotificationStore()
    world.store.plan(spoilt)
    world.restarted()
    failed = world.notify(enriched(), enriched({"claim_id": "claim_2"}, event_id="other-context"))
    assert {entry_id: type(error) for entry_id, error in failed.items()} == {"1-0": UnreadableError}
    assert {each.status for each in world.kept("fine")} == {"sent"}


class CountsContacts(MemoryContactStore):
    """Counts how often it is asked."""

    asked = 0

    def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
        self.asked += 1
        return super().remember(own, learnt)

    def of_claims(self, claim_ids: Collection[str]) -> dict[str, KnownContact]:
        self.asked += bool(claim_ids)
        return super().of_claims(claim_ids)


class CountsNotifications(MemoryNotificationStore):
    """Likewise, while a batch is planned."""

    asked = 0

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        self.asked += bool(notifications)
        return super().plan(notifications)

    def unsent_of(self, claim_ids: Collection[str]) -> list[Notification]:
        self.asked += bool(claim_ids)
        return super().unsent_of(claim_ids)

    def remove(self, notification_ids: Sequence[str]) -> None:
        self.asked += bool(notification_ids)
        super().remove(notification_ids)


def test_a_hundred_contexts_ask_the_stores_as_often_as_one(world: World) -> None:
    world.contacts, world.store = contacts, store = CountsContacts(), CountsNotifications()
    world.restarted()
    world.notify(*(bare(event_id=f"e{n}", aggregate_id=f"claim_{n}") for n in range(100)))
    assert (contacts.asked, store.asked) == (3, 1)
    contacts.asked = store.asked = 0
    assert world.notify(*(enriched({"claim_id": f"claim_{n}"}, event_id=f"c{n}") for n in range(100))) == {}
    assert (contacts.asked, store.asked) == (2, 3)
    assert (len(world.mail.sent), len(world.sms.sent)) == (100, 100)


def test_a_batch_of_claims_that_tell_their_contact_asks_no_more_than_it_has_to(world: World) -> None:
    world.contacts, world.store = contacts, store = CountsContacts(), CountsNotifications()
    world.restarted()
    world.notify(*(event("ReclamationCreee", event_id=f"e{n}", aggregate_id=f"claim_{n}") for n in range(10)))
    assert (contacts.asked, store.asked) == (2, 1)


def test_a_store_that_goes_down_before_the_removal_leaves_nothing_sent(world: World) -> None:
    class Refuses(MemoryNotificationStore):
        def remove(self, notification_ids: Sequence[str]) -> None:
            if notification_ids:
                raise StoreUnavailableError("gone")

    world.store = Refuses()
    world.restarted()
    world.notify(bare())
    with pytest.raises(StoreUnavailableError):
        world.notify(enriched())
    assert (world.mail.tries, world.sms.tries) == (0, 0)


def test_the_customer_that_was_learnt_finds_what_was_planned_after_it(world: World) -> None:
    world.notify(event("ReclamationCreee", {"customer_id": STAND_IN}))
    world.notify(enriched({"customer_id": "cust_12345"}))
    world.notify(event("ReclamationCloturee"))
    reader = NotificationReader(world.store)

    def event_ids(customer_id: str) -> set[str]:
        page = reader.page(NotificationQuery(customer_id=customer_id), masked=True)
        return {each.event_id for each in page.notifications}

    assert (event_ids("cust_12345"), event_ids(STAND_IN)) == ({"event-5"}, {"event-1"})


def test_the_kept_event_is_not_shown(world: World) -> None:
    world.notify(bare())
    assert all(each.event for each in world.kept())
    page = NotificationReader(world.store).page(NotificationQuery(), masked=False)
    assert all({"event", "planned_by"}.isdisjoint(each.model_dump()) for each in page.notifications)
    assert "Produit défectueux reçu" not in page.model_dump_json()
