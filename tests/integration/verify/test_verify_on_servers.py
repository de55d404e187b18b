"""`verify` on the real servers: one thing is made wrong at a time, and exactly that is found."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from local.recover.recovery import Stores as RecoverStores
from local.recover.recovery import diagnose, mend
from local.verify.findings import GivenUp, NotJudged, Retrying
from local.verify.report import summary
from local.verify.stores import Stores
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from streams.parking.parked_events import ParkedEvents
from tests.integration.verify.whole_system import STREAM
from tests.integration.verify.world import ASSIGNED, CLAIMS, CREATED, EVENTS, World, lives, place_of
from tests.unit.notification.claim_life import DATA


def test_what_every_subscriber_has_handled_is_clean(world: World) -> None:
    result = world.check()

    assert (result.findings, result.events, result.claims) == ((), EVENTS, CLAIMS)
    assert set(result.in_flight.values()) == {0}


@pytest.mark.parametrize(
    ("database", "collection", "store"),
    [
        ("event_store", "events", "archive"),
        ("audit", "entries", "audit"),
        ("notifications", "notifications", "notifications"),
    ],
)
def test_a_document_that_is_gone_is_missing(world: World, database: str, collection: str, store: str) -> None:
    with world.damage.lost_document(database, collection, ASSIGNED):
        assert world.found() == [("missing", store, "claim_2", ASSIGNED)]


@pytest.mark.parametrize(
    ("database", "collection", "changes", "kind", "store"),
    [
        ("event_store", "events", {"data": {"agent_id": "agent_other"}}, "different", "archive"),
        ("audit", "entries", {"actor": {"type": "agent", "id": "x"}}, "different", "audit"),
        ("notifications", "notifications", {"customer_id": "cust_other"}, "different", "notifications"),
        ("notifications", "notifications", {"status": "pending"}, "unsent", "notifications"),
    ],
)
def test_a_document_that_was_changed_is_different(
    world: World, database: str, collection: str, changes: dict[str, object], kind: str, store: str
) -> None:
    with world.damage.changed_document(database, collection, ASSIGNED, changes):
        assert world.found() == [(kind, store, "claim_2", ASSIGNED)]


@pytest.mark.parametrize(
    ("database", "collection", "changes", "place"),
    [
        ("event_store", "events", {"position": 999}, ("unexpected", "archive", "claim_2", None)),
        ("event_store", "events", {"position": None}, ("unexpected", "archive", None, None)),
        ("audit", "entries", {}, ("doubled", "audit", "claim_2", ASSIGNED)),
        ("audit", "entries", {"position": 999}, ("unexpected", "audit", "claim_2", None)),
        ("notifications", "notifications", {}, ("doubled", "notifications", "claim_2", ASSIGNED)),
        (
            "notifications",
            "notifications",
            {"channel": "sms"},
            ("unexpected", "notifications", "claim_2", ASSIGNED),
        ),
    ],
)
def test_a_document_too_many_is_found(
    world: World, database: str, collection: str, changes: dict[str, object], place: tuple[object, ...]
) -> None:
    with world.damage.copied_document(database, collection, ASSIGNED, changes):
        assert world.found() == [place]


ROW = "claim_read_models"
SAID = "version, position, status, customer_id, claim_type, description, urgency, created_at, updated_at, history"


@pytest.mark.parametrize(
    ("table", "statement", "place"),
    [
        (ROW, f"DELETE FROM {ROW} WHERE claim_id = 'claim_2'", ("missing", "claim_2", CREATED)),
        (ROW, f"UPDATE {ROW} SET status = 'open' WHERE claim_id = 'claim_2'", ("different", "claim_2", 18)),
        (ROW, f"UPDATE {ROW} SET version = 9 WHERE claim_id = 'claim_2'", ("different", "claim_2", None)),
        (ROW, f"UPDATE {ROW} SET history = '[]' WHERE claim_id = 'claim_2'", ("different", "claim_2", 18)),
        (
            ROW,
            f"INSERT INTO {ROW} (claim_id, {SAID}) SELECT 'claim_x', {SAID} FROM {ROW} WHERE claim_id = 'claim_2'",
            ("unexpected", "claim_x", None),
        ),
        (
            "customer_stats_read_models",
            "UPDATE customer_stats_read_models SET closed_claims = closed_claims + 1",
            ("different", None, None),
        ),
        (
            "agent_stats_read_models",
            "UPDATE agent_stats_read_models SET resolution_ms_sum = resolution_ms_sum + 1",
            ("different", None, None),
        ),
        ("claim_type_stats_read_models", "DELETE FROM claim_type_stats_read_models", ("different", None, None)),
        ("daily_trends", "UPDATE daily_trends SET resolved = 0", ("different", None, None)),
    ],
)
def test_a_read_model_that_its_events_do_not_lead_to_is_found(
    world: World, table: str, statement: str, place: tuple[str, str | None, int | None]
) -> None:
    kind, claim_id, position = place
    with world.damage.changed_table(table, statement):
        assert world.found() == [(kind, "read_models", claim_id, position)]


@pytest.mark.parametrize(
    ("key", "entry_id", "place"),
    [
        ("events:all", "6-0", ("missing", "log", None, ASSIGNED)),
        ("events:reclamationaffectee", "6-0", ("missing", "log", None, ASSIGNED)),
        ("claim:claim_2", "2-0", ("missing", "log", "claim_2", ASSIGNED)),
    ],
)
def test_an_entry_that_is_gone_from_a_stream_is_missing(
    world: World, key: str, entry_id: str, place: tuple[object, ...]
) -> None:
    with world.damage.changed_key(key):
        assert world.system.redis.xdel(key, entry_id) == 1
        assert world.found() == [place]


def test_a_claim_whose_stream_was_deleted_has_lost_its_events(world: World) -> None:
    with world.damage.changed_key("claim:claim_2"):
        world.system.redis.delete("claim:claim_2")
        assert {place[:3] for place in world.found()} == {("missing", "log", "claim_2")}


def test_a_counter_that_went_back_is_different(world: World) -> None:
    with world.damage.changed_key("events:position"):
        world.system.redis.set("events:position", EVENTS - 1)
        assert world.found() == [("different", "log", None, None)]


def test_a_group_that_was_destroyed_is_missing(world: World) -> None:
    with world.damage.changed_key(STREAM):
        world.system.redis.xgroup_destroy(STREAM, "audit-service")
        result = world.check()

    assert [place_of(finding) for finding in result.findings] == [("missing", "log", None, None)]
    assert result.in_flight["audit"] == EVENTS


def _trim(world: World, stack: ExitStack) -> None:
    """What retention does: the first ten positions are gone everywhere, claim_1 sleeps."""
    names = [STREAM, "events:reclamationcreee", "events:reclamationaffectee", "events:reclamationencours"]
    for name in [*names, "claim:claim_1"]:
        stack.enter_context(world.damage.changed_key(name))
        world.system.redis.xtrim(name, minid="11-0", approximate=False)


def test_what_was_trimmed_from_the_log_is_read_from_the_archive(world: World) -> None:
    with ExitStack() as stack:
        _trim(world, stack)
        result = world.check()

    assert (result.findings, result.events, result.claims) == ((), EVENTS, CLAIMS)


def test_a_trimmed_event_that_the_archive_lacks_is_missing(world: World) -> None:
    with ExitStack() as stack:
        _trim(world, stack)
        stack.enter_context(world.damage.lost_document("event_store", "events", ASSIGNED))
        found = world.found()

    assert ("missing", "archive", None, ASSIGNED) in found


def park(world: World, group: str, position: int) -> None:
    """Set an entry aside as the group's poller does."""
    fields: Any = {
        "stream": STREAM,
        "source_id": f"{position}-0",
        "key": "claim_2",
        "reason": "RetryAttemptsExhausted",
        **dict.fromkeys(("error_type", "error", "trace"), "it failed"),
        "attempts": 3,
        "parked_at_ms": 0,
    }
    world.system.redis.xadd(f"events:parked:{group}", fields)


def test_a_parked_event_is_told_as_parked_and_not_as_missing(world: World) -> None:
    with ExitStack() as stack:
        stack.enter_context(world.damage.changed_key("events:parked:audit-service"))
        park(world, "audit-service", ASSIGNED)
        stack.enter_context(world.damage.lost_document("audit", "entries", ASSIGNED))
        result = world.check()

    assert [place_of(finding) for finding in result.findings] == [("parked", "audit", "claim_2", ASSIGNED)]
    assert "./recours parked retry --group audit-service" in result.findings[0].what


def test_a_discarded_event_is_told_as_given_up_and_not_as_missing(world: World) -> None:
    with ExitStack() as stack:
        for name in ("events:parked:audit-service", "events:discarded:audit-service"):
            stack.enter_context(world.damage.changed_key(name))
        for name in ("keys", "ids"):
            stack.enter_context(world.damage.changed_key(f"events:parked:audit-service:{name}"))
        park(world, "audit-service", ASSIGNED)
        parked = ParkedEvents(world.system.redis, STREAM, "audit-service")
        [entry] = parked.entries()
        parked.discard(entry.parked_id, "a duplicate", "ada")
        stack.enter_context(world.damage.lost_document("audit", "entries", ASSIGNED))
        result = world.check()

    assert result.findings == ()
    assert result.given_up == (GivenUp("audit", "claim_2", ASSIGNED, "ada", "a duplicate"),)


@pytest.mark.parametrize(
    ("function", "stores"),
    [
        ("local.verify.claims.fold", {"read_models"}),
        ("local.verify.claims.contact_of", {"notifications"}),
        ("local.verify.notifications.notifications_for", {"notifications"}),
        ("local.verify.walk.compare_audited", {"audit"}),
    ],
)
def test_an_event_at_which_the_code_fails_is_told_as_not_judged(
    world: World, monkeypatch: pytest.MonkeyPatch, function: str, stores: set[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(function, fail)
    found = world.check().findings

    assert {(finding.kind, finding.store) for finding in found} == {("unjudged", store) for store in stores}
    assert {finding.claim_id for finding in found} == {f"claim_{number}" for number in range(1, CLAIMS + 1)}
    assert all("could not be judged: RuntimeError: broken" in finding.what for finding in found)


def test_a_server_that_goes_away_meanwhile_makes_no_result(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise PyMongoError("away")

    monkeypatch.setattr(Stores, "unplaced", away)
    monkeypatch.setattr("local.verify.walk.compare_audited", away)
    with pytest.raises(PyMongoError):
        world.check()


def test_a_log_that_was_lost_leads_to_recover(world: World) -> None:
    with ExitStack() as stack:
        keys: Any = world.system.redis.keys("*")
        for key in keys:
            stack.enter_context(world.damage.changed_key(key.decode()))
        world.system.redis.flushall()
        result = world.check()

    lead = f"the log ends at 0, the archive at {EVENTS}: ./recours recover"
    assert (result.findings[0].kind, result.findings[0].what) == ("behind", lead)
    assert lead in summary(result).splitlines()[1]
    assert len(result.findings) > 1


def test_what_comes_before_an_accepted_beginning_is_not_judged(world: World) -> None:
    """The archive is lost; claim_1 was asleep, so its first three versions were nowhere else."""
    client, mongo = world.system.redis, world.system.mongo
    with ExitStack() as stack:
        _trim(world, stack)
        stack.enter_context(world.damage.changed_key("events:archived"))
        stack.enter_context(world.damage.lost_database("event_store"))
        without = world.check()
        recovering = RecoverStores(client, MongoArchive(mongo), MongoArchiveCheckpoints(mongo), [], "")
        diagnosis = diagnose(recovering, _quiet, accept_loss=True)
        mend(recovering, diagnosis, _quiet)
        accepted = world.check()
        stack.enter_context(world.damage.lost_document("audit", "entries", 12))
        still_found = world.found()

    assert {(finding.kind, finding.store) for finding in without.findings} >= {("missing", "archive")}
    assert (accepted.findings, accepted.not_judged) == ((), NotJudged(9, 1))
    assert (accepted.events, accepted.claims) == (EVENTS - 9, CLAIMS)
    assert still_found == [("missing", "audit", "claim_4", 12)]


def _quiet(_label: str, _total: int) -> Callable[[int], None]:
    return lambda _: None


def test_what_a_group_has_not_acknowledged_is_in_flight(world: World) -> None:
    """Last in this file: it adds a claim."""
    system = world.system
    system.append(lives(["claim_new"], list(DATA)[:2]))
    unread = world.check()
    [first, _] = records = system.read("audit-service", 10)
    pending = world.check()
    system.handle("audit-service", [first])
    handled = world.check()
    system.redis.xclaim(STREAM, "audit-service", "test", 0, [first.entry_id])
    tried_again = world.check()
    system.handle("audit-service", records)
    system.redis.xack(STREAM, "audit-service", *(record.entry_id for record in records))
    done = world.check()
    system.deliver(["event-store-service", "projection-service", "notification-service"])

    assert [result.findings for result in (unread, pending, handled, done)] == [()] * 4
    assert [result.in_flight["audit"] for result in (unread, pending, handled, done)] == [2, 2, 2, 0]
    position = EVENTS + 1
    assert (tried_again.findings, pending.retrying) == ((), ())
    assert tried_again.retrying == (Retrying("audit", "claim_new", 1, position, 2),)
    assert (world.check().findings, world.check().events) == ((), EVENTS + 2)
