"""What is parked keeps its place: later events of its key queue behind it, retried in order, everyone else goes on."""

import json
from collections.abc import Callable

import pytest
from redis import Redis

from streams.errors import ParkedNotFoundError
from streams.group.keys import GroupKeys
from streams.poller import Poller
from tests.integration.streams.kit import Answer, Function, Scene


@pytest.fixture
def poisoned(set_scene: Callable[..., Scene]) -> Scene:
    """The first event of `a` was parked at its first failure, the others of `a` behind it, those of `b` went on."""
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "b", "a", "b", "a")
    scene.function.failing = {"1-0"}
    scene.poll(4)
    return scene


def retry(scene: Scene, *keys: str, turns: int = 4) -> None:
    """Ask, let the poller see it, and let it work."""
    scene.parked.request_retry(keys or None, "ada")
    scene.clock.advance(2)
    scene.poll(turns)


def test_later_events_of_the_key_queue_behind_and_other_keys_go_on(poisoned: Scene) -> None:
    assert poisoned.parked_reasons() == [
        ("1-0", "RetryAttemptsExhausted"),
        ("3-0", "BehindParkedEvent"),
        ("5-0", "BehindParkedEvent"),
    ]
    assert poisoned.function.batches() == [["1-0", "2-0", "3-0"], ["2-0"], ["4-0"]]
    assert poisoned.pending() == 0
    poisoned.add("b", "a")
    poisoned.poll(2)
    assert poisoned.function.ids()[-1] == "6-0"
    assert poisoned.parked_ids() == ["1-0", "3-0", "5-0", "7-0"]
    assert poisoned.parked.keys() == {"a": 4}


def test_a_parked_event_tells_everything_of_its_failure(set_scene: Callable[..., Scene]) -> None:
    scene = set_scene(MaximumRetryAttempts=1, FunctionResponseTypes=[])
    scene.add("a", event_type="ReclamationCreee")
    scene.function.crash = RuntimeError("poisoned")
    scene.poll(4, advance_s=60)
    event = scene.parked.get("1-0")
    assert (event.key, event.source_id, event.stream, event.group) == (
        "a",
        "1-0",
        scene.mapping.stream,
        scene.mapping.group,
    )
    assert (event.reason, event.error_type, event.error, event.attempts) == (
        "RetryAttemptsExhausted",
        "RuntimeError",
        "poisoned",
        2,
    )
    assert "Traceback" in event.trace
    assert event.event["event_type"] == "ReclamationCreee"
    assert event.parked_at_ms <= scene.clock.now_ms()
    assert scene.parked.get(event.parked_id) == event


def test_a_retry_goes_through_in_order_and_frees_the_key(poisoned: Scene) -> None:
    poisoned.function.failing, poisoned.function.given = set(), []
    assert poisoned.parked.request_retry(["a", "unknown"], "ada") == ["a"]
    assert poisoned.parked.retry_state()["a"].state == "requested"
    poisoned.clock.advance(2)
    poisoned.poll(2)
    assert poisoned.function.batches() == [["1-0", "3-0", "5-0"]]
    assert (poisoned.parked.count(), poisoned.parked.keys()) == (0, {})
    poisoned.add("a")
    poisoned.poll(2, advance_s=2)
    assert poisoned.function.ids()[-1] == "6-0"
    assert poisoned.parked.retry_state() == {}


def test_a_retry_counts_as_a_delivery_more(poisoned: Scene) -> None:
    poisoned.function.failing, poisoned.function.given = set(), []
    retry(poisoned)
    assert poisoned.function.given == [[("1-0", 2), ("3-0", 1), ("5-0", 1)]]


def test_more_than_one_batch_is_retried_batch_by_batch(poisoned: Scene) -> None:
    poisoned.add(*"aaaa")
    poisoned.poll(4)
    poisoned.function.failing, poisoned.function.given = set(), []
    retry(poisoned)
    assert poisoned.function.batches() == [["1-0", "3-0", "5-0"], ["6-0", "7-0", "8-0"], ["9-0"]]
    assert poisoned.parked.count() == 0


def test_what_arrives_during_the_retry_comes_after(poisoned: Scene) -> None:
    function = poisoned.function
    function.failing, function.given = set(), []
    poisoned.add(*"aaa")
    poisoned.poll(3)  # parked behind, too: 6, 7, 8

    def arriving(batch: object) -> None:
        if len(function.given) == 1:
            poisoned.add("a")
            poisoned.add("b")

    function.answering = arriving
    retry(poisoned, turns=8)
    poisoned.poll(4, advance_s=2)
    of_a = [entry_id for entry_id in function.ids() if entry_id != "10-0"]
    assert of_a == ["1-0", "3-0", "5-0", "6-0", "7-0", "8-0", "9-0"]
    assert poisoned.parked.count() == 0
    assert poisoned.pending() == 0


def test_a_retry_that_fails_at_the_second_keeps_the_rest_in_order_and_tells_the_error(poisoned: Scene) -> None:
    poisoned.function.failing, poisoned.function.given = {"3-0"}, []
    retry(poisoned)
    assert poisoned.function.ids() == ["1-0", "3-0", "5-0"]
    assert poisoned.parked_ids() == ["3-0", "5-0"]
    state = poisoned.parked.retry_state()["a"]
    assert (state.state, state.error_type, state.parked_id) == (
        "failed",
        "ReportedFailure",
        poisoned.parked.get("3-0").parked_id,
    )
    last = poisoned.parked.get("3-0").last_retry
    assert last is not None
    assert last["error_type"] == "ReportedFailure"
    poisoned.add("a", "b")
    poisoned.poll(3, advance_s=2)
    assert poisoned.parked_ids() == ["3-0", "5-0", "6-0"]
    assert poisoned.function.ids()[-1] == "7-0"


def test_a_retry_that_failed_is_not_tried_again_until_somebody_asks(poisoned: Scene) -> None:
    retry(poisoned)
    given = len(poisoned.function.given)
    poisoned.poll(10, advance_s=60)
    assert len(poisoned.function.given) == given
    poisoned.function.failing = set()
    retry(poisoned, "a")
    assert poisoned.parked.count() == 0
    poisoned.poll(2, advance_s=2)
    assert poisoned.parked.retry_state() == {}


def test_a_retry_of_a_function_that_cannot_tell_finds_the_culprit_one_by_one(
    set_scene: Callable[..., Scene],
) -> None:
    scene = set_scene(MaximumRetryAttempts=0, FunctionResponseTypes=[])
    scene.add("a", "a", "a")
    scene.function.crash = RuntimeError("down")
    scene.poll(2)
    assert scene.parked_ids() == ["1-0", "2-0", "3-0"]
    scene.function.crash, scene.function.crash_on, scene.function.given = None, {"2-0"}, []
    retry(scene)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["1-0"], ["2-0"]]
    assert scene.parked_ids() == ["2-0", "3-0"]
    last = scene.parked.get("2-0").last_retry
    assert last is not None
    assert (last["error"], "Traceback" in last["trace"]) == ("poisoned", True)


def test_a_retry_of_one_key_leaves_the_others_parked(set_scene: Callable[..., Scene]) -> None:
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "b", "a", "b")
    scene.function.failing = {"1-0", "2-0"}
    scene.poll(6)
    assert scene.parked.keys() == {"a": 2, "b": 2}
    scene.function.failing = set()
    retry(scene, "b")
    assert scene.parked_ids() == ["1-0", "3-0"]
    retry(scene)
    assert scene.parked_ids() == []


def test_what_is_discarded_is_kept_with_who_and_why_and_the_rest_stays(poisoned: Scene) -> None:
    event = poisoned.parked.discard("1-0", "a test customer", "ada")
    assert event.source_id == "1-0"
    assert poisoned.parked_ids() == ["3-0", "5-0"]
    discarded = poisoned.redis.xrange(GroupKeys(poisoned.mapping.stream, poisoned.mapping.group).discarded)
    assert len(discarded) == 1
    fields = discarded[0][1]
    assert (fields[b"source_id"], fields[b"discard_reason"], fields[b"discarded_by"]) == (
        b"1-0",
        b"a test customer",
        b"ada",
    )
    assert json.loads(fields[b"field:event"])["aggregate_id"] == "a"
    with pytest.raises(ParkedNotFoundError):
        poisoned.parked.discard("1-0", "again", "ada")


def test_when_the_last_one_of_a_key_is_discarded_the_key_goes_on(poisoned: Scene) -> None:
    for entry_id in ("1-0", "3-0", "5-0"):
        poisoned.parked.discard(entry_id, "a test customer", "ada")
    poisoned.add("a", "a", "a", "a")
    poisoned.poll(6)
    assert [entry_id for entry_id in poisoned.function.ids() if entry_id > "5"] == ["6-0", "7-0", "8-0", "9-0"]
    assert (poisoned.parked.count(), poisoned.pending()) == (0, 0)


def test_a_poller_that_is_started_again_knows_which_keys_are_parked(poisoned: Scene) -> None:
    poisoned.function.failing, poisoned.function.given = set(), []
    poisoned.add("a", "b")
    poisoned.restart()
    poisoned.poll(3)
    assert poisoned.function.ids() == ["7-0"]
    assert poisoned.parked_ids() == ["1-0", "3-0", "5-0", "6-0"]
    retry(poisoned)
    assert poisoned.function.ids()[1:] == ["1-0", "3-0", "5-0", "6-0"]


def test_what_is_pending_behind_a_parked_event_when_the_process_dies_is_parked_behind_it(poisoned: Scene) -> None:
    poisoned.add("a", "a")
    poisoned.redis.xreadgroup(poisoned.mapping.group, "one", {poisoned.mapping.stream: ">"})
    poisoned.restart()
    poisoned.poll(2)
    assert poisoned.parked_ids() == ["1-0", "3-0", "5-0", "6-0", "7-0"]
    assert poisoned.pending() == 0


def test_a_group_made_again_at_its_checkpoint_parks_nothing_twice(poisoned: Scene) -> None:
    poisoned.poll(2, advance_s=2)
    poisoned.redis.xgroup_destroy(poisoned.mapping.stream, poisoned.mapping.group)
    poisoned.function.given = []
    poisoned.restart()
    poisoned.poll(6)
    assert poisoned.parked_ids() == ["1-0", "3-0", "5-0"]
    assert poisoned.parked.keys() == {"a": 3}
    assert (poisoned.function.ids(), poisoned.pending()) == ([], 0)


def test_what_is_delivered_once_more_though_it_is_parked_is_parked_once(poisoned: Scene) -> None:
    stream, group = poisoned.mapping.stream, poisoned.mapping.group
    poisoned.redis.xgroup_setid(stream, group, "0")
    poisoned.restart()
    poisoned.poll(6)
    assert poisoned.parked_ids() == ["1-0", "3-0", "5-0"]
    assert poisoned.parked.keys() == {"a": 3}
    assert poisoned.pending() == 0


def test_each_group_has_its_own_parked_events(poisoned: Scene, set_scene: Callable[..., Scene]) -> None:
    other = set_scene(Stream=poisoned.mapping.stream, MaximumRetryAttempts=0)
    other.poll(3)
    assert other.function.ids() == ["1-0", "2-0", "3-0", "4-0", "5-0"]
    assert (other.parked.count(), poisoned.parked.count()) == (0, 3)


def test_a_function_that_is_mended_brings_thousands_up_to_date_in_order(set_scene: Callable[..., Scene]) -> None:
    scene = set_scene(MaximumRetryAttempts=0, BatchSize=500)
    scene.function.failing = {"1-0"}
    pipeline = scene.redis.pipeline()
    for number in range(1, 1201):
        pipeline.xadd(scene.mapping.stream, {"event": json.dumps({"aggregate_id": "a"})}, id=f"{number}-0")
    pipeline.execute()
    scene.poll(6)
    assert scene.parked.count() == 1200
    scene.function.failing, scene.function.given = set(), []
    retry(scene, turns=6)
    assert scene.function.ids() == [f"{number}-0" for number in range(1, 1201)]
    assert scene.parked.count() == 0


def test_an_entry_that_was_taken_over_meanwhile_is_parked_by_its_new_owner_alone(poisoned: Scene) -> None:
    poisoned.add("c")
    first, second = Function(), Function()
    first.failing = second.failing = {"6-0"}
    others: list[Poller] = []

    def taken_over(batch: object) -> Answer:
        other = poisoned.started(second, consumer="two", idle_ms_min=0)
        others.append(other)
        return {"batchItemFailures": [{"itemIdentifier": "6-0"}]}

    first.answering = taken_over
    poisoned.started(first, consumer="one").poll_once(wait_s=0)
    assert "6-0" not in poisoned.parked_ids()
    assert poisoned.pending() == 1
    others[0].poll_once(wait_s=0)
    assert poisoned.parked_ids().count("6-0") == 1
    assert (second.ids(), poisoned.pending()) == (["6-0"], 0)


def test_what_is_discarded_while_its_retry_waits_is_not_handed_over(redis: Redis) -> None:
    scene = Scene(redis, MaximumRetryAttempts=0, BatchSize=1)
    scene.add("a", "b")
    scene.function.failing = {"1-0", "2-0"}
    scene.poll(4, advance_s=60)
    assert scene.parked_ids() == ["1-0", "2-0"]
    scene.parked.request_retry(None, "me")
    scene.function.failing = set()
    before = len(scene.function.given)
    scene.poller.poll_once(wait_s=0)  # takes both requests and does the first
    [left] = scene.parked.entries()
    scene.parked.discard(left.source_id, "sent by hand", "me")
    scene.poll(4)
    assert len(scene.function.given) == before + 1


def test_a_retry_of_very_many_keys_does_not_hold_up_what_is_new(scene: Scene) -> None:
    keys = {f"key{number}": "1" for number in range(20_000)}
    scene.redis.hset(GroupKeys(scene.mapping.stream, scene.mapping.group).parked_keys, mapping=keys)
    scene.parked.request_retry(None, "me")
    scene.add("a")
    assert scene.poll(2).done == 1
