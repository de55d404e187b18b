"""Contexts of claims, learnt before and after other events of theirs: clean as they are, and each damage is found."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from envelope import Envelope, ReclamationCreee, read_payload
from functions.integration.wants import wanted_context
from functions.notification.rules import reference_of
from local.recover.recovery import Stores as RecoverStores
from local.recover.recovery import diagnose, mend
from local.verify.check import check_stores
from local.verify.findings import NotJudged
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.waiting_contexts import DATABASE, MongoWaitingContexts
from tests.integration.verify.whole_system import GROUPS, STREAM
from tests.integration.verify.world import (
    CLAIMS,
    EVENTS,
    STAND_IN,
    SUBSCRIBERS,
    World,
    context_of,
    lives,
    place_of,
    without_context,
)
from tests.unit.notification.claim_life import DATA

ENRICHED = ("early", "midway", "late")


class Enriched(NamedTuple):
    """The world with three claims more: one was enriched at once, one while it was worked on, one after it was closed.

    `created`, `closed` and `contexts` are their events, by claim, with their positions.
    """

    world: World
    created: Mapping[str, Envelope]
    closed: Mapping[str, Envelope]
    contexts: Mapping[str, Envelope]

    def at(self, claim_id: str) -> int:
        """The position of the claim's context."""
        return self.contexts[claim_id].position or 0


@pytest.fixture(scope="module")
def enriched(world: World) -> Enriched:
    system = world.system
    created: dict[str, Envelope] = {}
    closed: dict[str, Envelope] = {}
    contexts: dict[str, Envelope] = {}
    for claim_id, before in zip(ENRICHED, (1, 3, 5), strict=True):
        life = without_context(claim_id)
        appended = system.append(life[:before])
        if claim_id != "early":  # the first and its context come in one batch
            system.deliver()
        created[claim_id] = appended[0]
        [contexts[claim_id]] = system.append([context_of(appended[0])])
        system.deliver()
        closed[claim_id] = [*appended, *system.append(life[before:])][-1]
        system.deliver()
    return Enriched(world, created, closed, contexts)


def test_claims_and_their_contexts_are_clean_and_contexts_are_no_claims(enriched: Enriched) -> None:
    result = enriched.world.check()

    assert result.findings == ()
    assert (result.events, result.claims) == (EVENTS + 18, CLAIMS + 3)
    assert result.refused == {}


def test_claims_that_wait_for_their_context_are_counted_and_not_wrong(enriched: Enriched) -> None:
    world = enriched.world
    created = enriched.created["early"]
    fact = read_payload(created)
    assert isinstance(fact, ReclamationCreee)
    wanted = wanted_context(created, fact)
    assert wanted is not None
    waiting = MongoWaitingContexts(world.stores.mongo[DATABASE])
    waiting.add([wanted], created.timestamp)
    try:
        result = world.check()
    finally:
        waiting.remove([wanted.claim_id])
    assert (result.findings, result.contexts_waiting) == ((), 1)
    assert world.check().contexts_waiting == 0


@pytest.mark.parametrize("claim_id", ENRICHED)
@pytest.mark.parametrize(
    ("database", "collection", "store"), [("event_store", "events", "archive"), ("audit", "entries", "audit")]
)
def test_a_context_that_a_store_lacks_or_has_otherwise_is_found(
    enriched: Enriched, database: str, collection: str, store: str, claim_id: str
) -> None:
    world, position = enriched.world, enriched.at(claim_id)
    with world.damage.lost_document(database, collection, position):
        assert world.found() == [("missing", store, f"context_{claim_id}", position)]
    with world.damage.changed_document(database, collection, position, {"causation_id": "x"}):
        assert world.found() == [("different", store, f"context_{claim_id}", position)]


@pytest.mark.parametrize("claim_id", ENRICHED)
def test_a_row_that_lacks_its_context_is_found(enriched: Enriched, claim_id: str) -> None:
    statement = "UPDATE claim_read_models SET context_event_id = NULL WHERE claim_id = %s"
    with enriched.world.damage.changed_table("claim_read_models", statement, claim_id):
        found = enriched.world.found()

    assert ("missing", "read_models", claim_id, enriched.at(claim_id)) in found
    assert ("different", "read_models", claim_id, enriched.closed[claim_id].position) in found


@pytest.mark.parametrize("claim_id", ENRICHED)
@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ("customer_id = 'cust_other'", "customer_id"),
        (f"customer_id = '{STAND_IN}', customer_name = NULL", "customer_id, customer_name"),
        ("enriched_at = NULL, order_status = 'shipped'", "enriched_at, order_status"),
        ("context_event_id = 'another'", "context_event_id"),
        ("position = position + 1", "position"),
    ],
)
def test_a_row_that_holds_another_context_is_found_however_often_it_is_looked_at(
    enriched: Enriched, changes: str, names: str, claim_id: str
) -> None:
    world = enriched.world
    statement = f"UPDATE claim_read_models SET {changes} WHERE claim_id = %s"
    with world.damage.changed_table("claim_read_models", statement, claim_id):
        [finding] = check_stores(world.stores, SUBSCRIBERS, confirm_seconds=0.5).findings

    assert place_of(finding) == ("different", "read_models", claim_id, enriched.closed[claim_id].position)
    assert finding.what == f"its row at version 5 differs in {names}"


def test_a_row_of_an_enriched_claim_that_is_gone_is_one_finding(enriched: Enriched) -> None:
    statement = "DELETE FROM claim_read_models WHERE claim_id = 'midway'"
    with enriched.world.damage.changed_table("claim_read_models", statement):
        position = enriched.created["midway"].position
        assert enriched.world.found() == [("missing", "read_models", "midway", position)]


@pytest.mark.parametrize(
    ("table", "statement", "told"),
    [
        (
            "customer_stats_read_models",
            "SET closed_claims = 2 WHERE customer_id = 'cust_real'",
            "cust_real: closed_claims",
        ),
        (
            "product_stats_read_models",
            "SET total_claims = 9 WHERE product_id = 'prod_1'",
            "prod_1: total_claims 9, not 3",
        ),
        ("order_stats_read_models", "SET total_claims = 0", "order_45678: total_claims 0, not 7"),
        (
            "order_status_stats",
            "SET total_claims = 0 WHERE order_status = 'delivered'",
            "delivered: total_claims 0, not 3",
        ),
        ("channel_stats", "SET total_claims = 1", "unknown: total_claims 1, not 7"),
    ],
)
def test_a_counter_that_its_rows_do_not_add_up_to_is_found(
    enriched: Enriched, table: str, statement: str, told: str
) -> None:
    with enriched.world.damage.changed_table(table, f"UPDATE {table} {statement}"):
        [finding] = enriched.world.check().findings

    assert (finding.kind, finding.store) == ("different", "read_models")
    assert told in finding.what


def test_how_a_product_is_called_is_no_count(enriched: Enriched) -> None:
    statement = "UPDATE product_stats_read_models SET product_name = 'Souris'"
    with enriched.world.damage.changed_table("product_stats_read_models", statement):
        assert enriched.world.found() == []


@pytest.mark.parametrize("changes", [{}, {"email": "thief@example.com"}, {"customer_id": "cust_other"}])
def test_what_a_context_told_of_the_customer_is_missing_or_different(
    enriched: Enriched, changes: dict[str, Any]
) -> None:
    kind = "different" if changes else "missing"
    with enriched.world.damage.changed_kept("notifications", "contacts", "context_midway", changes):
        assert enriched.world.found() == [(kind, "notifications", "context_midway", enriched.at("midway"))]


def nobody(event: Envelope) -> dict[str, Any]:
    """The notification of an event that had no recipient."""
    return {
        "_id": f"{event.event_id}:email:none",
        "recipient": None,
        "status": "failed",
        "reason": "no recipient",
        "reference": reference_of(event.event_id, "email", None),
        "event": event.model_dump(mode="json"),
    }


@pytest.mark.parametrize("claim_id", ENRICHED)
def test_a_notification_that_still_has_no_recipient_is_found(enriched: Enriched, claim_id: str) -> None:
    world = enriched.world
    for event in (enriched.created[claim_id], enriched.closed[claim_id]):
        sent = f"{event.event_id}:email:zoe@example.com"
        with world.damage.replaced_document("notifications", "notifications", sent, nobody(event)):
            assert world.found() == [("different", "notifications", claim_id, event.position)]
        with world.damage.copied_document("notifications", "notifications", event.position or 0, nobody(event)):
            assert world.found() == [("doubled", "notifications", claim_id, event.position)]


def test_a_notification_without_recipient_whose_event_was_not_kept_is_told_as_never_sent(enriched: Enriched) -> None:
    event = enriched.created["late"]
    sent, changes = f"{event.event_id}:email:zoe@example.com", {**nobody(event), "event": None}
    with enriched.world.damage.replaced_document("notifications", "notifications", sent, changes):
        result = enriched.world.check()

    assert (result.findings, result.refused) == ((), {"no recipient": 1})


def test_a_notification_twice_or_of_the_context_itself_is_found(enriched: Enriched) -> None:
    world, created = enriched.world, enriched.created["midway"].position or 0
    with world.damage.copied_document("notifications", "notifications", created, {}):
        assert world.found() == [("doubled", "notifications", "midway", created)]
    position, event_id = enriched.at("midway"), enriched.contexts["midway"].event_id
    changes = {"position": position, "event_id": event_id}
    with world.damage.copied_document("notifications", "notifications", created, changes):
        assert world.found() == [("unexpected", "notifications", "context_midway", position)]


def test_contexts_that_are_trimmed_and_cooled_are_read_from_the_archive(enriched: Enriched) -> None:
    world = enriched.world
    with ExitStack() as stack:
        for name in trim(world, stack, "late", "context_late", "context_early"):
            world.system.redis.xtrim(name, minid=f"{enriched.at('late')}-0", approximate=False)
        result = world.check()
        with world.damage.lost_document("event_store", "events", enriched.at("early")):
            found = world.found()

    assert (result.findings, result.claims) == ((), CLAIMS + 3)
    assert ("missing", "archive", None, enriched.at("early")) in found


def trim(world: World, stack: ExitStack, *asleep: str) -> list[str]:
    """Empty the streams of these aggregates, as retention does; returns the names of the streams of all."""
    keys: Any = world.system.redis.keys("events:*")
    names = [key.decode() for key in keys if world.system.redis.type(key) == b"stream"]
    for name in [*names, *(f"claim:{each}" for each in asleep)]:
        stack.enter_context(world.damage.changed_key(name))
    for each in asleep:
        world.system.redis.xtrim(f"claim:{each}", maxlen=0, approximate=False)
    return names


def test_a_contexts_stream_that_was_deleted_has_lost_its_event_and_nothing_else(enriched: Enriched) -> None:
    with enriched.world.damage.changed_key("claim:context_midway") as key:
        enriched.world.system.redis.delete(key)
        assert enriched.world.found() == [("missing", "log", "context_midway", enriched.at("midway"))]


def test_a_contexts_stream_that_no_event_names_or_that_goes_on_is_found(enriched: Enriched) -> None:
    world, redis = enriched.world, enriched.world.system.redis
    entries: Any = redis.xrange("claim:context_midway")
    with world.damage.changed_key("claim:context_ghost") as key:
        redis.xadd(key, entries[0][1], id="1-0")
        assert world.found() == [("unexpected", "log", "context_ghost", None)]
    with world.damage.changed_key("claim:context_midway") as key:
        redis.xadd(key, entries[0][1], id="2-0")
        assert world.found() == [("unexpected", "log", "context_midway", None)]


def test_a_context_behind_the_accepted_beginning_of_its_claim_is_judged_alone(enriched: Enriched) -> None:
    """The archive is lost, and `late` was asleep: all that is left of that claim is its context, and its row."""
    world, client, mongo = enriched.world, enriched.world.system.redis, enriched.world.system.mongo
    with ExitStack() as stack:
        for name in trim(world, stack, "late"):
            client.xtrim(name, minid=f"{enriched.at('late')}-0", approximate=False)
        stack.enter_context(world.damage.changed_key("events:archived"))
        stack.enter_context(world.damage.lost_database("event_store"))
        recovering = RecoverStores(client, MongoArchive(mongo), MongoArchiveCheckpoints(mongo), [], "")
        diagnosis = diagnose(recovering, _quiet, accept_loss=True)
        mend(recovering, diagnosis, _quiet)
        accepted = world.check()
        with world.damage.lost_document("audit", "entries", enriched.at("late")):
            still_found = world.found()

    assert (accepted.findings, accepted.not_judged) == ((), NotJudged(enriched.at("late") - 1, 1))
    assert (accepted.events, accepted.claims) == (1, 0)
    assert still_found == [("missing", "audit", "context_late", enriched.at("late"))]


def _quiet(_label: str, _total: int) -> Callable[[int], None]:
    return lambda _: None


@pytest.mark.parametrize("first", GROUPS)
def test_a_context_in_flight_is_clean_at_every_step(enriched: Enriched, first: str) -> None:
    """It adds a claim each time. One group is ahead of the others, and handles before it acknowledges."""
    world, system = enriched.world, enriched.world.system
    seen = [world.check() for _ in _steps(world, f"flight_{first}", first)]

    assert [result.findings for result in seen] == [()] * len(seen)
    assert len(seen) == 11
    assert set(world.check().in_flight.values()) == {0}
    assert system.mongo["notifications"]["notifications"].count_documents({"recipient": None}) == 0


def _steps(world: World, claim_id: str, first: str) -> Iterator[None]:
    system, life = world.system, without_context(claim_id)
    others = [group for group in GROUPS if group != first]
    [created, *_] = system.append(life[:2])
    system.deliver()
    yield
    system.append([context_of(created)])
    yield
    records = system.read(first, 10)
    yield
    assert not system.handle(first, records)
    yield
    system.append(life[2:4])
    yield
    system.redis.xack(STREAM, first, *(record.entry_id for record in records))
    yield
    system.deliver([first])
    yield
    for group in others:
        system.deliver([group])
        yield
    system.append(life[4:])
    system.deliver()
    yield


def test_a_context_that_overtakes_its_claims_next_event_is_clean(enriched: Enriched) -> None:
    """Lanes go by aggregate: the projection did the context while the assignment waits, and is done with it later."""
    world, system = enriched.world, enriched.world.system
    [created] = system.append(lives(["overtaken"], list(DATA)[:1]))
    system.deliver()
    system.append([*lives(["overtaken"], list(DATA)[:2])[1:], context_of(created)])
    for group in GROUPS:
        [assigned, context] = system.read(group, 10)
        for record in (context, assigned):
            assert not system.handle(group, [record])
            system.redis.xack(STREAM, group, record.entry_id)
            assert world.found() == []
