"""What every NotificationStore and every ContactStore does, whatever it stands on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from repositories.ports.contacts import Contact, ContactStore, KnownContact
from repositories.ports.notifications import (
    Notification,
    NotificationCount,
    NotificationFilter,
    NotificationPlace,
    NotificationStore,
    Outcome,
    Refused,
    Sent,
    Waiting,
)

NOON = datetime(2025, 7, 8, 12, tzinfo=UTC)
EVERYTHING = NotificationFilter()


def notification(number: int = 1) -> Notification:
    """An e-mail that waits to be sent; a higher number is a later one."""
    return Notification(
        notification_id=f"event-{number}:email:jean@example.com",
        reference=f"event-{number}.email.0000",
        channel="email",
        recipient="jean@example.com",
        addressee="Jean",
        subject="Réclamation enregistrée",
        text="Bonjour Jean,\n",
        event_id=f"event-{number}",
        event_type="ReclamationCreee",
        claim_id="claim_1",
        customer_id="cust_1",
        correlation_id="trace_1",
        position=number,
        created_at=NOON + timedelta(seconds=number),
        attempts=1,
    )


def without_recipient(number: int = 1) -> Notification:
    """One that nobody could receive, with the event that it takes to make it again."""
    return replace(
        notification(number),
        notification_id=f"event-{number}:email:none",
        reference=f"event-{number}.email.ffff",
        recipient=None,
        addressee=None,
        status="failed",
        reason="no recipient",
        attempts=0,
        event={"event_id": f"event-{number}", "data": {"order": {"items": [{"quantity": 2}]}}, "position": number},
    )


def stored(store: NotificationStore, planned: Notification) -> Notification:
    """The notification as the store has it now."""
    found = store.get(planned.reference)
    assert found is not None
    return found


class NotificationStoreContract:
    """Subclass it with a fixture `store`: a NotificationStore that is empty."""

    def test_a_planned_notification_reads_back_with_all_its_fields(self, store: NotificationStore) -> None:
        planned = store.plan([notification()])
        assert planned == ([(notification(), True)], {})
        assert stored(store, notification()) == notification()

    def test_planning_again_returns_what_is_there_and_changes_nothing(self, store: NotificationStore) -> None:
        store.plan([notification()])
        store.record({notification().notification_id: Sent()}, NOON)
        (again,) = store.plan([replace(notification(), text="another text", attempts=0)]).planned
        assert again == (replace(notification(), status="sent", sent_at=NOON), False)

    def test_planning_writes_the_new_ones_among_those_that_are_there(self, store: NotificationStore) -> None:
        store.plan([notification(2)])
        planned = store.plan([notification(1), notification(2), notification(3)]).planned
        assert [(each.notification.event_id, each.is_new) for each in planned] == [
            ("event-1", True),
            ("event-2", False),
            ("event-3", True),
        ]
        assert len(store.find(EVERYTHING, limit=10)) == 3

    def test_each_of_a_group_ends_in_its_own_way(self, store: NotificationStore) -> None:
        store.plan([notification(number) for number in range(1, 7)])
        ends: dict[int, Outcome] = {
            1: Sent(),
            2: Refused("550"),
            3: Sent(),
            4: Waiting("451", begun=True),
            5: Waiting("421", begun=False),
        }
        store.record({notification(number).notification_id: end for number, end in ends.items()}, NOON)
        assert [stored(store, notification(number)) for number in range(1, 7)] == [
            replace(notification(1), status="sent", sent_at=NOON),
            replace(notification(2), status="failed", reason="550"),
            replace(notification(3), status="sent", sent_at=NOON),
            replace(notification(4), last_error="451"),
            replace(notification(5), last_error="421", attempts=0),
            notification(6),
        ]

    def test_an_attempt_more_is_counted_at_each_that_is_named(self, store: NotificationStore) -> None:
        store.plan([notification(1), notification(2), notification(3)])
        store.begin_attempts([notification(1).notification_id, notification(3).notification_id])
        assert [stored(store, notification(number)).attempts for number in (1, 2, 3)] == [2, 1, 2]

    def test_what_was_sent_or_failed_never_changes_again(self, store: NotificationStore) -> None:
        store.plan([notification(1), notification(2)])
        first, second = notification(1).notification_id, notification(2).notification_id
        store.record({first: Sent(), second: Refused("550")}, NOON)
        before = store.find(EVERYTHING, limit=10)
        store.begin_attempts([first, second])
        for late in (Waiting("late", begun=True), Waiting("late", begun=False), Refused("late"), Sent()):
            store.record({first: late, second: late}, NOON + timedelta(days=1))
        assert store.find(EVERYTHING, limit=10) == before

    def test_nothing_to_do_changes_nothing(self, store: NotificationStore) -> None:
        assert store.plan([]) == ([], {})
        store.begin_attempts([])
        store.record({}, NOON)
        store.remove([])
        assert store.unsent_of([]) == store.find(EVERYTHING, limit=10) == []

    def test_what_was_never_planned_is_not_made_by_its_outcome(self, store: NotificationStore) -> None:
        store.begin_attempts([notification().notification_id])
        store.record({notification().notification_id: Sent()}, NOON)
        assert store.find(EVERYTHING, limit=10) == []

    def test_who_planned_it_and_the_event_of_one_without_recipient_read_back(self, store: NotificationStore) -> None:
        retried = replace(notification(2), planned_by="event-9")
        store.plan([without_recipient(1), retried])
        assert stored(store, without_recipient(1)) == without_recipient(1)
        assert store.plan([replace(retried, planned_by=None)]).planned == [(retried, False)]

    def test_what_was_not_sent_of_several_claims_is_found_at_once(self, store: NotificationStore) -> None:
        store.plan([replace(notification(number), claim_id=f"claim_{number % 3}") for number in range(6)])
        store.plan([replace(without_recipient(7), claim_id="claim_1")])
        store.record({notification(1).notification_id: Sent(), notification(2).notification_id: Refused("550")}, NOON)
        found = store.unsent_of({"claim_1", "claim_2", "claim_3"})
        assert {each.notification_id for each in found} == {
            notification(2).notification_id,
            notification(4).notification_id,
            notification(5).notification_id,
            without_recipient(7).notification_id,
        }
        assert without_recipient(7).event in [each.event for each in found]

    def test_only_what_has_failed_can_be_removed(self, store: NotificationStore) -> None:
        store.plan([notification(1), notification(2), without_recipient(3), without_recipient(4)])
        store.record({notification(1).notification_id: Sent()}, NOON)
        named = [notification(1), notification(2), without_recipient(3), without_recipient(5)]
        for _ in range(2):
            store.remove([each.notification_id for each in named])
            assert [each.event_id for each in store.find(EVERYTHING, limit=10)] == ["event-4", "event-2", "event-1"]

    def test_it_is_found_by_its_reference_and_by_its_id(self, store: NotificationStore) -> None:
        store.plan([notification(1), notification(2)])
        assert store.get("event-2.email.0000") == notification(2)
        assert store.get("event-2:email:jean@example.com") == notification(2)
        assert store.get("event-3.email.0000") is None

    def test_the_list_has_the_newest_first(self, store: NotificationStore) -> None:
        store.plan([notification(number) for number in (2, 3, 1)])
        assert [each.event_id for each in store.find(EVERYTHING, limit=10)] == ["event-3", "event-2", "event-1"]

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_show_each_once_even_within_one_position(self, store: NotificationStore, size: int) -> None:
        store.plan([replace(notification(number), position=number // 3) for number in range(7)])
        seen: list[str] = []
        after: NotificationPlace | None = None
        while page := store.find(EVERYTHING, limit=size, after=after):
            seen += [each.event_id for each in page]
            after = NotificationPlace(page[-1].position, page[-1].reference)
        assert seen == [f"event-{number}" for number in reversed(range(7))]

    def test_an_offset_leaves_out_the_first_ones(self, store: NotificationStore) -> None:
        store.plan([notification(number) for number in range(5)])
        assert [each.event_id for each in store.find(EVERYTHING, limit=2, offset=1)] == ["event-3", "event-2"]

    @pytest.mark.parametrize(
        "which",
        [
            NotificationFilter(claim_id="claim_2"),
            NotificationFilter(customer_id="cust_2"),
            NotificationFilter(channel="sms"),
            NotificationFilter(status="failed"),
            NotificationFilter(event_type="ReclamationResolue"),
            NotificationFilter(correlation_id="trace_2"),
            NotificationFilter(claim_id="claim_2", channel="sms", status="failed"),
        ],
    )
    def test_each_filter_shows_only_what_it_names(self, store: NotificationStore, which: NotificationFilter) -> None:
        other = replace(
            notification(2),
            claim_id="claim_2",
            customer_id="cust_2",
            channel="sms",
            status="failed",
            event_type="ReclamationResolue",
            correlation_id="trace_2",
            recipient=None,
            subject=None,
        )
        store.plan([notification(1), other, notification(3)])
        assert store.find(which, limit=10) == [other]

    def test_filters_must_all_agree(self, store: NotificationStore) -> None:
        store.plan([notification()])
        assert store.find(NotificationFilter(claim_id="claim_1", channel="sms"), limit=10) == []

    def test_any_of_several_event_types_can_be_asked_for(self, store: NotificationStore) -> None:
        assigned = replace(notification(2), event_type="ReclamationAffectee")
        store.plan([notification(1), assigned, replace(notification(3), event_type="ReclamationCloturee")])
        told = frozenset({"ReclamationCreee", "ReclamationCloturee"})
        ids = [each.event_id for each in store.find(NotificationFilter(event_types=told), limit=10)]
        assert ids == ["event-3", "event-1"]
        for event_type, found in (("ReclamationCreee", ["event-1"]), ("ReclamationAffectee", [])):
            which = NotificationFilter(event_type=event_type, event_types=told)
            assert [each.event_id for each in store.find(which, limit=10)] == found

    def test_they_are_counted_by_channel_event_type_and_status(self, store: NotificationStore) -> None:
        assert store.counts() == []
        store.plan([notification(1), notification(2), replace(notification(3), channel="sms")])
        store.record({notification(1).notification_id: Sent()}, NOON)
        assert set(store.counts()) == {
            NotificationCount("email", "ReclamationCreee", "sent", 1),
            NotificationCount("email", "ReclamationCreee", "pending", 1),
            NotificationCount("sms", "ReclamationCreee", "pending", 1),
        }


class ContactStoreContract:
    """Subclass it with a fixture `store`: a ContactStore that is empty."""

    def test_contacts_read_back_with_all_their_fields(self, store: ContactStore) -> None:
        zoe = Contact("claim_1", "cust_1", "Zoé", "zoe@example.com", "+33612345678", "en")
        nobody = Contact("claim_2", "cust_1")
        assert store.remember([zoe, nobody]) == {}
        assert store.of_claims(["claim_1", "claim_2"]) == {
            "claim_1": KnownContact(own=zoe),
            "claim_2": KnownContact(own=nobody),
        }

    def test_only_those_of_the_claims_that_are_asked_for_are_read(self, store: ContactStore) -> None:
        store.remember([Contact("claim_1", "cust_1"), Contact("claim_2", "cust_2")])
        assert store.of_claims({"claim_2"}) == {
            "claim_2": KnownContact(own=Contact("claim_2", "cust_2", None, None, None, "fr"))
        }

    def test_the_first_contact_of_a_claim_stays_and_the_others_are_kept(self, store: ContactStore) -> None:
        store.remember([Contact("claim_1", "cust_1", "Zoé")])
        store.remember([Contact("claim_1", "cust_1", "Another"), Contact("claim_2", "cust_2")])
        assert store.of_claims(["claim_1", "claim_2"]) == {
            "claim_1": KnownContact(own=Contact("claim_1", "cust_1", "Zoé")),
            "claim_2": KnownContact(own=Contact("claim_2", "cust_2")),
        }

    def test_what_a_claim_told_and_what_its_context_told_are_kept_beside_each_other(self, store: ContactStore) -> None:
        own = Contact("claim_1", "customer_of_order_1", "Zoé")
        learnt = Contact("claim_1", None, "Zoé Müller", "zoe@example.com", None, "en")
        assert store.remember([own], [learnt]) == {}
        assert store.of_claims(["claim_1"]) == {"claim_1": KnownContact(own, learnt)}

    def test_a_context_may_be_there_before_its_claim(self, store: ContactStore) -> None:
        own, learnt = Contact("claim_1", "cust_1"), Contact("claim_1", "cust_2")
        store.remember([], [learnt])
        assert store.of_claims(["claim_1"]) == {"claim_1": KnownContact(learnt=learnt)}
        store.remember([own])
        assert store.of_claims(["claim_1"]) == {"claim_1": KnownContact(own, learnt)}

    def test_the_first_that_a_context_told_stays(self, store: ContactStore) -> None:
        learnt = Contact("claim_1", "cust_1", "Zoé")
        store.remember([], [learnt])
        store.remember([], [Contact("claim_1", "cust_1", "Another")])
        assert store.of_claims(["claim_1"]) == {"claim_1": KnownContact(learnt=learnt)}

    def test_a_claim_that_never_came_by_has_no_contact(self, store: ContactStore) -> None:
        store.remember([Contact("claim_1", "cust_1")])
        assert store.of_claims(["claim_2"]) == {}

    def test_nothing_to_do_changes_nothing(self, store: ContactStore) -> None:
        assert store.remember([]) == {}
        assert store.of_claims([]) == {}
