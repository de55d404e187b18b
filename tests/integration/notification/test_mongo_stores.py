"""The stores on MongoDB keep the contract, and say so when the server is gone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from envelope.errors import UnreadableError
from repositories.errors import StoreUnavailableError
from repositories.mongo.client import Document, client_for
from repositories.mongo.contacts import MongoContactStore
from repositories.mongo.notifications import MongoNotificationStore
from repositories.ports.contacts import Contact
from repositories.ports.notifications import NotificationFilter, NotificationPlace, Sent
from tests.contract.notifications_contract import (
    NOON,
    ContactStoreContract,
    NotificationStoreContract,
    notification,
    without_recipient,
)


@pytest.fixture
def database(mongo_url: str) -> Iterator[Database[Document]]:
    name = f"notifications_{uuid4().hex[:8]}"
    yield client_for(mongo_url)[name]
    client_for(mongo_url).drop_database(name)


class TestMongoNotificationStore(NotificationStoreContract):
    @pytest.fixture
    def store(self, database: Database[Document]) -> MongoNotificationStore:
        store = MongoNotificationStore(database)
        store.create_indexes()
        return store


class TestMongoContactStore(ContactStoreContract):
    @pytest.fixture
    def store(self, database: Database[Document]) -> MongoContactStore:
        return MongoContactStore(database)


@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_lead_through_many_windows_and_miss_nothing(database: Database[Document], size: int) -> None:
    store = MongoNotificationStore(database)
    positions = [1, 2, 499, 500, 501, 999, 1000, 1499, 1500, 1501, 40_000, 40_001, 90_000]
    store.plan([replace(notification(number), position=number) for number in positions])
    seen: list[int] = []
    after: NotificationPlace | None = None
    while page := store.find(NotificationFilter(channel="email"), limit=size, after=after):
        seen += [each.position for each in page]
        after = NotificationPlace(page[-1].position, page[-1].reference)
    assert seen == positions[::-1]
    by_offset = [store.find(NotificationFilter(), limit=1, offset=offset)[0].position for offset in range(13)]
    assert by_offset == positions[::-1]
    assert store.find(NotificationFilter(), limit=1, offset=13) == []


def test_a_place_beyond_everything_begins_at_the_newest(database: Database[Document]) -> None:
    store = MongoNotificationStore(database)
    store.plan([notification(1), notification(700)])
    found = store.find(NotificationFilter(), limit=10, after=NotificationPlace(2**63 - 1, ""))
    assert [each.position for each in found] == [700, 1]


def test_a_list_shows_what_came_after_the_last_noted_position(database: Database[Document]) -> None:
    writer, reader = MongoNotificationStore(database), MongoNotificationStore(database)
    for number in (1, 2, 400):
        writer.plan([notification(number)])
    assert [each.position for each in reader.find(NotificationFilter(), limit=10)] == [400, 2, 1]


def test_the_newest_position_is_never_noted_backwards(database: Database[Document]) -> None:
    MongoNotificationStore(database).plan([notification(5_000)])
    MongoNotificationStore(database).plan([notification(1)])  # a redelivery, in a new process
    assert [each.position for each in MongoNotificationStore(database).find(NotificationFilter(), limit=10)] == [
        5_000,
        1,
    ]


def test_making_the_indexes_twice_changes_nothing(database: Database[Document]) -> None:
    store = MongoNotificationStore(database)
    store.create_indexes()
    names = set(database["notifications"].index_information())
    store.create_indexes()
    assert set(database["notifications"].index_information()) == names
    assert len(names) == 6  # five, and that of _id


def test_a_notification_that_cannot_be_stored_fails_alone(database: Database[Document]) -> None:
    store = MongoNotificationStore(database)
    huge = replace(notification(2), position=2**63)
    planned, failures = store.plan([notification(1), huge, notification(3)])
    assert [each.notification.event_id for each in planned] == ["event-1", "event-3"]
    assert list(failures) == [huge.notification_id]
    assert isinstance(failures[huge.notification_id], UnreadableError)
    assert store.plan([huge]).planned == []
    assert len(store.find(NotificationFilter(), limit=10)) == 2


def test_a_contact_that_cannot_be_stored_fails_alone(database: Database[Document]) -> None:
    store = MongoContactStore(database)
    failures = store.remember([Contact("claim_1", "c" * 17 * 1024 * 1024), Contact("claim_2", "cust_2")])
    assert {claim_id: type(error) for claim_id, error in failures.items()} == {"claim_1": UnreadableError}
    assert list(store.of_claims(["claim_1", "claim_2"])) == ["claim_2"]
    failures = store.remember([Contact("claim_3", "cust_3")], [Contact("claim_3", "c" * 17 * 1024 * 1024)])
    assert list(failures) == ["context_claim_3"]
    assert store.of_claims(["claim_3"])["claim_3"].learnt is None


def test_what_few_notifications_have_stands_in_those_alone(database: Database[Document]) -> None:
    MongoNotificationStore(database).plan([notification(1), without_recipient(2)])
    usual, lonely = database["notifications"].find().sort("position")
    assert {"planned_by", "event"}.isdisjoint(usual)
    assert lonely.keys() - usual.keys() == {"event"}


def test_a_notification_that_was_written_before_events_were_kept_reads_as_one_without(
    database: Database[Document],
) -> None:
    store = MongoNotificationStore(database)
    store.plan([without_recipient()])
    database["notifications"].update_many({}, {"$unset": {"event": 1}})
    assert store.unsent_of(["claim_1"]) == [replace(without_recipient(), event=None)]


def test_what_a_context_told_is_kept_under_the_contexts_id(database: Database[Document]) -> None:
    MongoContactStore(database).remember([Contact("claim_1", "cust_1")], [Contact("claim_1", "cust_2")])
    documents = {each["_id"]: each["customer_id"] for each in database["contacts"].find()}
    assert documents == {"claim_1": "cust_1", "context_claim_1": "cust_2"}


def test_a_server_that_does_not_answer_is_a_store_that_is_unavailable(unused_port: int) -> None:
    gone: MongoClient[Document] = MongoClient(f"mongodb://127.0.0.1:{unused_port}", serverSelectionTimeoutMS=100)
    notifications, contacts = MongoNotificationStore(gone["x"]), MongoContactStore(gone["x"])
    calls: list[Callable[[], object]] = [
        notifications.create_indexes,
        notifications.counts,
        lambda: notifications.plan([notification()]),
        lambda: notifications.get("any"),
        lambda: notifications.find(NotificationFilter(), limit=1),
        lambda: notifications.begin_attempts(["any"]),
        lambda: notifications.record({"any": Sent()}, NOON),
        lambda: notifications.unsent_of(["any"]),
        lambda: notifications.remove(["any"]),
        lambda: contacts.remember([Contact("claim_1", "cust_1")]),
        lambda: contacts.of_claims(["claim_1"]),
    ]
    for call in calls:
        with pytest.raises(StoreUnavailableError):
            call()
    assert (notifications.plan([]), contacts.remember([]), contacts.of_claims([])) == (([], {}), {}, {})
    notifications.begin_attempts([])
    assert notifications.unsent_of([]) == []
    notifications.remove([])
    notifications.record({}, NOON)  # where there is nothing to do, nobody is asked
    gone.close()
