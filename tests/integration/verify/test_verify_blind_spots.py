"""What stands beside the events themselves, and breaks the system later: made wrong one at a time, and found."""

import threading
from contextlib import ExitStack
from typing import Any

import pytest

from local.verify.check import check_stores
from local.verify.findings import Result
from tests.integration.verify.whole_system import GROUPS, STREAM
from tests.integration.verify.world import (
    ASSIGNED,
    CREATED,
    EVENTS,
    SUBSCRIBERS,
    World,
    context_of,
    lives,
    without_context,
)
from tests.unit.notification.claim_life import DATA

CLOSINGS, CREATIONS = "events:reclamationcloturee", "events:reclamationcreee"


def entries(world: World, key: str) -> dict[str, dict[Any, Any]]:
    """The fields of a stream's entries by id."""
    found: Any = world.system.redis.xrange(key)
    return {entry_id.decode(): fields for entry_id, fields in found}


def entry(world: World, key: str, entry_id: str) -> dict[Any, Any]:
    return entries(world, key)[entry_id]


def only(result: Result) -> tuple[str, str, str | None, int | None, str]:
    [finding] = result.findings
    return finding.kind, finding.store, finding.claim_id, finding.position, finding.what


@pytest.mark.parametrize(
    ("entry_id", "said"),
    [
        ("99-0", f"events:reclamationaffectee ends at 99-0, the log at {EVENTS}: its type cannot be appended"),
        ("9-1", "events:reclamationaffectee ends at 9-1, which no append gives"),
    ],
)
def test_a_type_that_cannot_be_appended_any_more_is_found(world: World, entry_id: str, said: str) -> None:
    with world.damage.changed_key("events:reclamationaffectee") as key:
        world.system.redis.xadd(key, entry(world, key, f"{ASSIGNED}-0"), id=entry_id)
        world.system.redis.xdel(key, entry_id)  # what counts is the last id
        assert only(world.check()) == ("unexpected", "log", None, None, said)


def _rewrite(world: World, key: str, entries: list[tuple[str, dict[Any, Any]]]) -> None:
    world.system.redis.delete(key)
    for entry_id, fields in entries:
        world.system.redis.xadd(key, fields, id=entry_id)


def test_an_event_in_the_stream_of_another_type_is_found(world: World) -> None:
    created = entry(world, CREATIONS, f"{CREATED}-0")
    with world.damage.changed_key(CLOSINGS):
        _rewrite(world, CLOSINGS, [(f"{CREATED}-0", created), *entries(world, CLOSINGS).items()])
        said = f"{CLOSINGS} has the event there, too, which is of another type"
        assert only(world.check()) == ("unexpected", "log", None, CREATED, said)


def test_an_event_that_stands_twice_in_the_stream_of_its_type_is_found(world: World) -> None:
    with world.damage.changed_key(CREATIONS):
        first, *rest = entries(world, CREATIONS).items()
        _rewrite(world, CREATIONS, [first, ("1-1", first[1]), *rest])
        assert only(world.check()) == ("unexpected", "log", None, 1, f"{CREATIONS} has 1-1, which no append gives")


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_version_too_many_in_a_claims_stream_is_found(world: World, is_deleted: bool) -> None:
    with world.damage.changed_key("claim:claim_2") as key:
        world.system.redis.xadd(key, entry(world, key, "5-0"), id="6-0")
        if is_deleted:
            world.system.redis.xdel(key, "6-0")
        said = "its stream ends at version 6, its last event is version 5"
        assert only(world.check()) == ("unexpected", "log", "claim_2", None, said)


def test_a_claims_stream_that_no_event_names_is_found(world: World) -> None:
    fields = entry(world, "claim:claim_2", "1-0")
    with world.damage.changed_key("claim:ghost") as key:
        world.system.redis.xadd(key, fields, id="1-0")
        assert only(world.check()) == ("unexpected", "log", "ghost", None, "it has a stream and no event")


def test_a_key_of_a_claim_that_is_no_stream_is_found(world: World) -> None:
    with world.damage.changed_key("claim:ghost") as key:
        world.system.redis.set(key, "x")
        assert only(world.check()) == ("different", "log", "ghost", None, "its key is no stream")


ARCHIVE, TRAIL = ("event_store", "checkpoints", "archive"), ("audit", "checkpoints", "totals")


@pytest.mark.parametrize(
    ("place", "changes", "kind", "said"),
    [
        (ARCHIVE, {}, "missing", ["its kept totals are not there"]),
        (TRAIL, {}, "missing", ["its kept totals are not there"]),
        (ARCHIVE, {"totals.events": 7}, "different", ["at position 20 and differ from the events in events"]),
        (TRAIL, {"totals.aggregates": 7}, "different", ["at position 20 and differ from the events in aggregates"]),
        (TRAIL, {"totals.by_day.0.4": 1e6}, "different", ["differ from the events in latency_seconds_sum"]),
        (TRAIL, {"totals.by_event_type": 3}, "different", ["position 20 and cannot be read"]),
        (TRAIL, {"position": 99}, "different", ["at position 99, which the log has not reached"]),
        (TRAIL, {"position": 12}, "different", ["differ from the events in by_day, by_event_type, events, top"]),
        (ARCHIVE, {"event_hash": "0"}, "different", ["checkpoint at position 20", "in event_hash"]),
        (ARCHIVE, {"event_id": "0"}, "different", ["checkpoint at position 20", "in event_id"]),
    ],
)
def test_kept_totals_that_the_events_do_not_add_up_to_are_found(
    world: World, place: tuple[str, str, str], changes: dict[str, Any], kind: str, said: list[str]
) -> None:
    with world.damage.changed_kept(*place, changes):
        found_kind, store, _, _, what = only(world.check())

    assert (found_kind, store) == (kind, "archive" if place is ARCHIVE else "audit")
    assert all(each in what for each in said), what


def test_a_checkpoint_at_another_position_is_found_twice_over(world: World) -> None:
    with world.damage.changed_kept(*ARCHIVE, {"position": 12}):
        first, second = world.check().findings

    assert "its checkpoint at position 12 differs from the event there in event_hash, event_id" in first.what
    assert "its kept totals stand at position 12 and differ" in second.what


def test_totals_that_are_behind_and_right_are_no_finding(world: World) -> None:
    """What is beyond a gap waits there, and is not counted yet."""
    kept = world.system.mongo["audit"]["checkpoints"].find_one({"_id": "totals"})
    assert kept is not None
    empty = {"events": 0, "aggregates": 0, "by_event_type": [], "by_day": [], "top": []}
    with world.damage.changed_kept(*TRAIL, {"position": 0, "totals": empty}):
        assert world.found() == []


@pytest.mark.parametrize("name", ["email", "phone", "name", "language", "customer_id"])
def test_a_contact_that_is_not_what_the_claims_first_event_told_is_found(world: World, name: str) -> None:
    with world.damage.changed_kept("notifications", "contacts", "claim_2", {name: "thief@example.com"}):
        said = f"its contact differs from what its first event told in {name}"
        assert only(world.check()) == ("different", "notifications", "claim_2", CREATED, said)


def test_a_contact_that_is_gone_is_missing(world: World) -> None:
    with world.damage.changed_kept("notifications", "contacts", "claim_2", {}):
        assert world.found() == [("missing", "notifications", "claim_2", CREATED)]


@pytest.mark.parametrize(("position", "is_wrong"), [(EVENTS, False), (EVENTS + 1, True)])
def test_a_groups_checkpoint_that_is_ahead_of_the_group_is_found(world: World, position: int, is_wrong: bool) -> None:
    with world.damage.changed_key("events:checkpoint:audit-service") as key:
        world.system.redis.hset(key, mapping={"entry_id": f"{position}-0", "stream": STREAM})
        found = world.check().findings

    said = f"group audit-service has acknowledged up to {EVENTS}, its checkpoint is at {position}"
    assert [(each.kind, each.store, each.what) for each in found] == [("different", "audit", said)] * is_wrong


def test_a_log_without_its_id_is_found(world: World) -> None:
    with world.damage.changed_key("events:log_id") as key:
        assert world.system.redis.delete(key) == 1
        assert [place[:2] for place in world.found()] == [("missing", "log")]


def test_a_closed_claim_whose_stream_was_emptied_is_no_finding(world: World) -> None:
    with world.damage.changed_key("claim:claim_2") as key:
        world.system.redis.xtrim(key, maxlen=0, approximate=False)
        assert world.found() == []


def test_nothing_is_found_while_claims_come_in_and_are_closed_and_trimmed(world: World) -> None:
    """Last in this file: it adds claims. Each round leaves some of the groups behind for a while."""
    stop, failed, redis = threading.Event(), list[BaseException](), world.system.redis

    def load() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                ids = [f"busy_{number}_{each}" for each in range(20)]
                created = [without_context(claim_id)[0] for claim_id in ids]
                appended = world.system.append([*created, *map(context_of, created[:10]), *lives(ids, list(DATA))[20:]])
                appended += world.system.append([context_of(each) for each in created[10:15]])
                world.system.deliver(batch_count=30)
                done: dict[Any, Any] = {"entry_id": f"{appended[-1].position}-0", "stream": STREAM}
                for group in GROUPS:
                    redis.hset(f"events:checkpoint:{group}", mapping=done)
                for claim_id in ids[:5]:
                    for name in (f"claim:{claim_id}", f"claim:context_{claim_id}"):
                        redis.xtrim(name, maxlen=0, approximate=False)
        except BaseException as error:  # noqa: BLE001 - told below, in the thread that judges
            failed.append(error)

    with ExitStack() as stack:
        thread = threading.Thread(target=load)
        stack.callback(thread.join)
        stack.callback(stop.set)
        thread.start()
        results = [check_stores(world.stores, SUBSCRIBERS, confirm_seconds=1.0) for _ in range(12)]

    assert failed == []
    assert [result.findings for result in results] == [()] * len(results)
    assert results[-1].events > results[0].events > 0
    assert world.found() == []
