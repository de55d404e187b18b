"""Each notification is sent once, whatever goes wrong on the way."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
from prometheus_client import REGISTRY

from envelope import Envelope
from envelope.errors import RetryableError, UnreadableError
from functions.notification.delivery import OutOfTimeError, UnsentError
from functions.notification.marks import GROUP_COUNT_MAX
from functions.notification.transports import DeferredError, RefusedError, TransportDownError
from handlers.batch import HeldBackError
from repositories.errors import StoreUnavailableError
from repositories.memory.contacts import MemoryContactStore
from repositories.memory.notifications import MemoryNotificationStore
from repositories.ports.contacts import Contact
from repositories.ports.notifications import Notification, Outcome, Plan
from tests.unit.notification.claim_life import CUSTOMER, EVENT_TYPES, NOW, World, event


@pytest.fixture
def world() -> World:
    return World()


def sent_count(channel: str, event_type: str, name: str = "notifications_sent_total") -> float:
    """The metric's value, 0 before its first increment."""
    labels = {"notification_type": channel, "event_type": event_type}
    return REGISTRY.get_sample_value(name, labels) or 0


def created(count: int) -> list[Envelope]:
    """The first events of that many claims, each with a customer of its own."""
    customers = [{**CUSTOMER, "email": f"zoe{number}@example.com"} for number in range(count)]
    return [
        event("ReclamationCreee", {"customer": customer}, event_id=f"e{number:02}", aggregate_id=f"c{number}")
        for number, customer in enumerate(customers)
    ]


def kinds(failed: Mapping[str, Exception]) -> dict[str, type[Exception]]:
    """What kind of failure each was, by entry id."""
    return {entry_id: type(error) for entry_id, error in failed.items()}


def test_a_whole_claim_makes_five_notifications(world: World) -> None:
    world.notify(*(event(event_type) for event_type in EVENT_TYPES))
    assert [message["To"].addresses[0].addr_spec for message in world.mail.sent] == [
        "zoe@example.com",
        "agent_smith@agents.example.com",
        "zoe@example.com",
        "zoe@example.com",
    ]
    assert [to for to, _, _ in world.sms.sent] == ["+33612345612"]
    assert {(each.status, each.attempts, each.sent_at) for each in world.kept()} == {("sent", 1, NOW)}


def test_an_event_that_comes_again_is_not_sent_again(world: World) -> None:
    for _ in range(3):
        world.notify(*(event(event_type) for event_type in EVENT_TYPES))
    assert (world.mail.tries, world.sms.tries) == (4, 1)
    assert len(world.kept()) == 5


def test_later_events_of_a_claim_know_the_contact_of_its_first(world: World) -> None:
    world.notify(event("ReclamationCreee"))
    world.restarted()
    world.notify(event("ReclamationCloturee"))
    assert world.mail.sent[-1]["To"].addresses[0].display_name == "Zoé Müller"


def test_an_event_of_a_claim_without_contact_is_kept_as_failed_and_done(world: World) -> None:
    world.notify(event("ReclamationResolue"))
    (kept,) = world.kept()
    assert (kept.status, kept.reason, kept.recipient, kept.attempts) == ("failed", "no recipient", None, 0)
    assert world.mail.tries == 0


def test_a_type_of_event_that_is_not_known_yet_asks_for_nothing(world: World) -> None:
    world.notify(event("ReclamationEscaladee"))
    assert world.kept() == []


def test_a_mail_server_that_is_down_leaves_the_notification_pending_with_the_reason(world: World) -> None:
    world.mail.error = TransportDownError("the mail server cannot be used now: 421")
    failed = world.notify(event("ReclamationCreee"))
    assert isinstance(failed["1-0"], RetryableError)
    assert "421" in str(failed["1-0"])
    email, sms = world.kept()
    assert (email.status, email.last_error, email.attempts) == (
        "pending",
        "the mail server cannot be used now: 421",
        1,
    )
    assert sms.status == "sent"


def test_a_redelivery_sends_only_what_is_pending_under_the_same_message_id(world: World) -> None:
    world.mail.error = DeferredError("451")
    assert set(world.notify(event("ReclamationCreee"))) == {"1-0"}
    world.mail.error = None
    world.restarted()
    world.notify(event("ReclamationCreee"))
    email, sms = world.kept()
    assert (email.status, email.attempts, sms.attempts) == ("sent", 2, 1)
    assert world.sms.tries == 1
    assert world.mail.sent[0]["Message-ID"] == f"<{email.reference}@recours>"


def test_an_sms_that_fails_does_not_repeat_the_email(world: World) -> None:
    world.sms.error = DeferredError("429")
    for _ in range(3):
        assert set(world.notify(event("ReclamationCreee"))) == {"1-0"}
    world.sms.error = None
    world.notify(event("ReclamationCreee"))
    assert (len(world.mail.sent), len(world.sms.sent), world.sms.tries) == (1, 1, 4)
    assert world.kept()[1].attempts == 4


def test_a_refused_message_has_failed_and_the_event_is_done(world: World) -> None:
    world.mail.error = RefusedError("the mail server refused it: 550")
    world.notify(event("ReclamationCreee"))
    world.mail.error = None
    world.notify(event("ReclamationCreee"))
    email, sms = world.kept()
    assert (email.status, email.reason, email.sent_at) == ("failed", "the mail server refused it: 550", None)
    assert sms.status == "sent"
    assert world.mail.tries == 1


def test_a_server_that_is_down_is_tried_once_a_batch(world: World) -> None:
    world.mail.error = TransportDownError("down")
    assert len(world.notify(*created(5))) == 5
    assert (world.mail.tries, len(world.sms.sent)) == (1, 5)
    emails = [each for each in world.kept() if each.channel == "email"]
    assert [(each.status, each.attempts, each.last_error) for each in emails] == [
        ("pending", 1, "down"),
        *[("pending", 0, "down")] * 4,
    ]


def test_the_next_batch_tries_again(world: World) -> None:
    world.mail.error = TransportDownError("down")
    assert set(world.notify(event("ReclamationCreee"))) == {"1-0"}
    world.mail.error = None
    world.notify(event("ReclamationCreee"))
    assert len(world.mail.sent) == 1


def test_one_message_put_off_does_not_keep_the_others_back(world: World) -> None:
    world.mail.errors_to["zoe2@example.com"] = DeferredError("450")
    assert set(world.notify(*created(5))) == {"3-0"}
    assert len(world.mail.sent) == 4


def test_connections_are_let_go_at_the_end_of_a_batch(world: World) -> None:
    world.notify(event("ReclamationCreee"), event("ReclamationResolue"))
    assert world.mail.closed == 1


def test_only_what_was_sent_is_counted(world: World) -> None:
    before = sent_count("email", "ReclamationCreee")
    world.mail.error = DeferredError("451")
    assert set(world.notify(event("ReclamationCreee"))) == {"1-0"}
    assert sent_count("email", "ReclamationCreee") == before
    world.mail.error = None
    for _ in range(2):
        world.notify(event("ReclamationCreee"))
    assert sent_count("email", "ReclamationCreee") == before + 1


def test_a_failed_notification_is_not_counted_as_sent(world: World) -> None:
    before = sent_count("email", "ReclamationResolue")
    world.notify(event("ReclamationResolue"))
    assert sent_count("email", "ReclamationResolue") == before


def test_only_what_was_refused_for_good_is_counted_as_failed(world: World) -> None:
    before = sent_count("email", "ReclamationCreee", "notifications_failed_total")
    for error in (DeferredError("451"), RefusedError("550"), RefusedError("550")):
        world.mail.error = error
        world.notify(event("ReclamationCreee"))
    assert sent_count("email", "ReclamationCreee", "notifications_failed_total") == before + 1


class LosesMarks(MemoryNotificationStore):
    """A store that goes down between a send and its mark, after `written` groups, and counts how often it is asked."""

    written = 0
    asked = 0

    def record(self, outcomes: Mapping[str, Outcome], sent_at: datetime) -> None:
        self.asked += 1
        if self.asked > self.written:
            raise StoreUnavailableError("gone")
        super().record(outcomes, sent_at)


def test_a_send_whose_mark_was_lost_is_repeated_under_the_same_message_id(world: World) -> None:
    healthy, world.store = world.store, LosesMarks()
    world.restarted()
    failed = world.notify(event("ReclamationCreee"))
    assert isinstance(failed["1-0"], StoreUnavailableError)
    healthy.plan(world.kept())
    world.store = healthy
    world.restarted()
    assert world.notify(event("ReclamationCreee")) == {}
    first, second = world.mail.sent
    assert first.as_bytes() == second.as_bytes()
    assert {each.status for each in world.kept()} == {"sent"}


def test_a_store_that_goes_down_loses_one_group_of_marks_and_nothing_is_sent_after(world: World) -> None:
    store = LosesMarks()
    store.written = 1
    world.store = store
    world.restarted()
    failed = world.notify(*created(100))
    # Two sends an event: 25 sends are 12 events and the e-mail of the 13th.
    assert list(failed) == [f"{number}-0" for number in range(13, 101)]
    assert {type(error) for error in failed.values()} == {StoreUnavailableError}
    assert (world.mail.tries + world.sms.tries, store.asked) == (2 * GROUP_COUNT_MAX, 2)
    store.written = 100
    assert world.notify(*created(100)) == {}
    assert world.mail.tries + world.sms.tries == 200 + GROUP_COUNT_MAX


def test_a_metric_counts_a_send_only_once_it_is_marked(world: World) -> None:
    before = sent_count("sms", "ReclamationCreee")
    world.store = LosesMarks()
    world.restarted()
    world.notify(event("ReclamationCreee"))
    assert sent_count("sms", "ReclamationCreee") == before


class Down(MemoryNotificationStore):
    """A store that does not answer, and counts how often it was asked."""

    asked = 0

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        self.asked += 1
        raise StoreUnavailableError("gone")


def test_a_store_that_is_down_is_asked_once_a_batch(world: World) -> None:
    world.store = down = Down()
    world.restarted()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            world.notify(*created(3))
    assert down.asked == 2


def test_nothing_is_sent_before_it_is_written(world: World) -> None:
    world.store = Down()
    world.restarted()
    with pytest.raises(StoreUnavailableError):
        world.notify(event("ReclamationCreee"))
    assert (world.mail.tries, world.sms.tries) == (0, 0)


def test_what_is_sent_again_is_what_was_written_first(world: World) -> None:
    world.mail.error = DeferredError("451")
    assert set(world.notify(event("ReclamationCreee"))) == {"1-0"}
    world.mail.error = None
    later = event("ReclamationCreee", {"order_id": "another_order"})
    world.notify(later)
    assert "order_45678" in world.mail.sent[0].get_content()


def test_a_failing_claim_in_the_middle_holds_back_itself_alone(world: World) -> None:
    world.mail.errors_to["zoe1@example.com"] = DeferredError("450")
    later = [event("ReclamationResolue", event_id=f"later{n}", aggregate_id=f"c{n}") for n in range(3)]
    failed = world.notify(*created(3), *later)
    assert kinds(failed) == {"2-0": UnsentError, "5-0": HeldBackError}
    held = world.kept("later1")
    assert [(each.status, each.attempts, each.last_error) for each in held] == [
        ("pending", 0, "an earlier event of c1 failed")
    ]
    world.mail.errors_to.clear()
    assert world.notify(created(3)[1], later[1]) == {}
    assert [each["To"].addresses[0].addr_spec for each in world.mail.sent] == [
        f"zoe{number}@example.com" for number in (0, 2, 0, 2, 1, 1)
    ]
    assert [each.attempts for each in (*world.kept("e01"), *world.kept("later1"))] == [2, 1, 1]


def test_an_event_that_cannot_be_read_holds_back_only_what_comes_after_it_in_its_claim(world: World) -> None:
    first, second, third = created(3)
    broken = event("ReclamationAffectee", {"agent_id": None}, event_id="broken", aggregate_id="c1")
    after = event("ReclamationResolue", event_id="after", aggregate_id="c1")
    failed = world.notify(first, second, broken, third, after)
    assert kinds(failed) == {
        "3-0": UnreadableError,
        "5-0": HeldBackError,
    }
    assert (len(world.mail.sent), world.kept("broken"), world.kept("after")) == (3, [], [])


def test_a_transport_that_breaks_in_a_way_nobody_foresaw_fails_only_its_event(world: World) -> None:
    world.mail.errors_to["zoe1@example.com"] = ValueError("zoe1@example.com")
    failed = world.notify(*created(3))
    assert kinds(failed) == {"2-0": ValueError}
    assert {each.last_error for each in world.kept("e01")} == {"ValueError"}


class HoldsNo(MemoryContactStore):
    """A store of contacts that cannot hold those of one claim."""

    def remember(self, own: Sequence[Contact], learnt: Sequence[Contact] = ()) -> Mapping[str, Exception]:
        super().remember([each for each in own if each.claim_id != "c1"], learnt)
        return {"c1": UnreadableError("too long")}


def test_a_contact_that_cannot_be_kept_fails_its_claim_alone(world: World) -> None:
    world.contacts = HoldsNo()
    world.restarted()
    failed = world.notify(*created(3), event("ReclamationResolue", event_id="later", aggregate_id="c1"))
    assert kinds(failed) == {
        "2-0": UnreadableError,
        "4-0": HeldBackError,
    }
    assert (len(world.mail.sent), world.kept("e01"), world.kept("later")) == (2, [], [])


class RefusesOne(MemoryNotificationStore):
    """A store that cannot hold the e-mail of one event."""

    def plan(self, notifications: Sequence[Notification]) -> Plan:
        refused = [each for each in notifications if each.event_id == "e01" and each.channel == "email"]
        planned = super().plan([each for each in notifications if each not in refused]).planned
        return Plan(planned, {each.notification_id: UnreadableError("too long") for each in refused})


def test_a_notification_that_cannot_be_stored_fails_its_event_alone(world: World) -> None:
    world.store = RefusesOne()
    world.restarted()
    failed = world.notify(*created(3))
    assert kinds(failed) == {"2-0": UnreadableError}
    assert [(each.channel, each.status, each.attempts) for each in world.kept("e01")] == [("sms", "pending", 0)]


def test_an_event_that_is_twice_in_one_batch_is_sent_once(world: World) -> None:
    assert world.notify(event("ReclamationCreee"), event("ReclamationCreee")) == {}
    assert (world.mail.tries, world.sms.tries) == (1, 1)
    assert {each.attempts for each in world.kept()} == {1}


def test_when_time_runs_out_the_rest_waits_and_what_was_sent_is_marked(world: World) -> None:
    def slow() -> None:
        world.time_left_s -= 10

    world.mail.before_answer = slow
    world.time_left_s = 35.0
    failed = world.notify(*created(5))
    # 35 s, 25 s and 15 s are enough to begin; with 5 s left not even the third SMS is.
    assert kinds(failed) == dict.fromkeys(["3-0", "4-0", "5-0"], OutOfTimeError)
    assert (world.mail.tries, world.sms.tries) == (3, 2)
    assert [(each.status, each.attempts) for each in world.kept("e02")] == [("sent", 1), ("pending", 0)]
    world.time_left_s = 100.0
    assert world.notify(*created(5)) == {}
    assert (len(world.mail.sent), len(world.sms.sent)) == (5, 5)
    assert {each.attempts for each in world.kept()} == {1}
