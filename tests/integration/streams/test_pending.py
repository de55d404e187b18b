"""Pending entries are never lost: take-over, delivery counts, heartbeat, what was deleted, who may be removed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from streams.group.heartbeat import Heartbeat
from streams.group.source import GroupSource
from streams.poller import Poller
from streams.wire import StreamBatch
from tests.integration.streams.kit import Answer, Scene, wait_until


def deliver_to(scene: Scene, consumer: str, count: int = 100) -> None:
    """Entries are delivered to a consumer that then does nothing more."""
    scene.redis.xgroup_create(scene.mapping.stream, scene.mapping.group, id="0", mkstream=True)
    scene.redis.xreadgroup(scene.mapping.group, consumer, {scene.mapping.stream: ">"}, count=count)


def consumers(scene: Scene) -> set[str]:
    found = scene.redis.xinfo_consumers(scene.mapping.stream, scene.mapping.group)
    return {consumer["name"].decode() for consumer in found}


def owners(scene: Scene) -> set[str]:
    found = scene.redis.xpending_range(scene.mapping.stream, scene.mapping.group, "-", "+", 100)
    return {item["consumer"].decode() for item in found}


def test_what_a_dead_process_held_comes_first_and_in_order(scene: Scene) -> None:
    scene.add(*"abcabcabc")
    scene.function.crash = RuntimeError("the process dies here")
    scene.poll(3)
    scene.add("a")
    scene.function.crash, scene.function.given = None, []
    scene.restart()
    scene.poll(4)
    assert scene.function.ids() == [f"{n}-0" for n in range(1, 11)]
    assert [count for batch in scene.function.given for _, count in batch] == [2] * 9 + [1]
    assert scene.pending() == 0


def test_entries_of_a_consumer_that_went_away_are_taken_over_past_the_first_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.group.source.PAGE", 2)
    scene.add(*"abcdefg")
    deliver_to(scene, "gone")
    made = scene.started(idle_ms_min=0)
    for _ in range(3):
        made.poll_once(wait_s=0)
    assert scene.function.ids() == [f"{n}-0" for n in range(1, 8)]
    assert scene.pending() == 0


def test_taking_over_is_no_delivery_and_handing_over_is_one(scene: Scene) -> None:
    scene.add("a")
    deliver_to(scene, "gone")
    for _ in range(3):
        scene.started(idle_ms_min=0)  # started again before it came to handing anything over
    assert scene.redis.xpending_range(scene.mapping.stream, scene.mapping.group, "-", "+", 1)[0]["times_delivered"] == 1
    scene.started(idle_ms_min=0).poll_once(wait_s=0)
    assert scene.function.given == [[("1-0", 2)]]


def test_every_delivery_is_counted_as_the_server_counts(scene: Scene) -> None:
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(3, advance_s=60)
    assert [count for batch in scene.function.given for _, count in batch] == [1, 2, 3]
    assert scene.redis.xpending_range(scene.mapping.stream, scene.mapping.group, "-", "+", 1)[0]["times_delivered"] == 3


def test_what_another_consumer_works_on_is_left_to_it(scene: Scene) -> None:
    scene.add("a")
    deliver_to(scene, "busy")
    scene.poll()
    assert scene.function.ids() == []
    assert owners(scene) == {"busy"}


def test_a_poller_at_work_finds_what_another_left_while_it_ran(
    set_scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.poller.TIDY_EVERY_S", 0.1)
    monkeypatch.setattr("streams.poller.LOOK_EVERY_S", 0.1)
    monkeypatch.setattr("streams.poller.BLOCK_S", 0.02)
    scene = set_scene(ParallelizationFactor=2)
    scene.add("a")
    deliver_to(scene, "gone")
    with scene.running(idle_ms_min=200):
        wait_until(lambda: scene.pending() == 0)
    assert scene.function.ids() == ["1-0"]


def test_what_another_took_over_while_it_waited_is_left_to_it(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.add("a", "b")
    scene.function.crash = RuntimeError("down")
    scene.poll()
    scene.redis.xclaim(scene.mapping.stream, scene.mapping.group, "two", 0, ["1-0"], justid=True)
    scene.function.crash = None
    scene.poll(2, advance_s=60)
    assert scene.function.given[1:] == [[("2-0", 2)]]
    assert owners(scene) == {"two"}
    assert "pending entries were deleted" not in caplog.messages


def test_what_another_has_done_while_it_waited_is_not_done_again(scene: Scene) -> None:
    scene.add("a", "a")
    scene.function.crash = RuntimeError("down")
    scene.poll()
    scene.redis.xack(scene.mapping.stream, scene.mapping.group, "1-0")
    scene.function.crash = None
    scene.poll(2, advance_s=60)
    assert scene.function.batches()[1:] == [["2-0"]]


def test_a_heartbeat_keeps_a_slow_batch_from_being_taken_over(set_scene: Callable[..., Scene]) -> None:
    scene = set_scene()
    scene.add("a")
    began, go_on = threading.Event(), threading.Event()
    other: list[StreamBatch] = []

    def slow(batch: StreamBatch) -> Answer:
        began.set()
        assert go_on.wait(5)
        return None

    with scene.running(slow, consumer="slow", idle_ms_min=200):
        assert began.wait(5)
        time.sleep(0.5)  # longer than an entry may lie idle
        made = scene.started(lambda batch: other.append(batch), consumer="other", idle_ms_min=200)
        made.poll_once(wait_s=0)
        go_on.set()
        wait_until(lambda: scene.pending() == 0)
    assert not other


def test_a_heartbeat_goes_over_every_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.group.source.PAGE", 2)
    scene.add(*"abcde")
    deliver_to(scene, "one")
    time.sleep(0.06)
    GroupSource(scene.redis, scene.mapping, "one").keep_alive()
    idle = scene.redis.xpending_range(scene.mapping.stream, scene.mapping.group, "-", "+", 10)
    assert len(idle) == 5
    assert all(item["time_since_delivered"] < 50 for item in idle)
    assert all(item["times_delivered"] == 1 for item in idle)


def test_a_heartbeat_leaves_alone_what_another_took_over(scene: Scene) -> None:
    scene.add("a", "b")
    deliver_to(scene, "one")
    scene.redis.xclaim(scene.mapping.stream, scene.mapping.group, "two", 0, ["1-0"], justid=True)
    GroupSource(scene.redis, scene.mapping, "one").keep_alive()
    items = scene.redis.xpending_range(scene.mapping.stream, scene.mapping.group, "-", "+", 10)
    assert [item["consumer"] for item in items] == [b"two", b"one"]


class SlowServer:
    """Answers a beat only after so many seconds."""

    group = "g"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.beats = 0

    def keep_alive(self) -> None:
        self.beats += 1
        time.sleep(self.seconds)


def test_a_heart_is_late_when_half_the_time_went_by_since_it_began_to_beat() -> None:
    server: Any = SlowServer(0)
    heartbeat = Heartbeat(server, idle_ms_min=400)
    assert not heartbeat.was_late
    time.sleep(0.25)
    assert heartbeat.was_late
    heartbeat.beat()
    assert not heartbeat.was_late


def test_a_heart_that_is_late_beats_no_more_for_others_may_have_taken_over() -> None:
    server: Any = SlowServer(0.25)
    heartbeat = Heartbeat(server, idle_ms_min=400)
    heartbeat.start()
    time.sleep(0.6)
    assert heartbeat.was_late
    heartbeat.stop()
    assert server.beats == 1


def test_a_poller_that_stood_still_starts_again_and_looks_who_has_what(
    set_scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.poller.BLOCK_S", 0.02)
    scene = set_scene(ParallelizationFactor=2)
    starts: list[float] = []
    stands_still = threading.Event()
    beat = Heartbeat.beat

    def standing_still(heartbeat: Heartbeat) -> None:
        if stands_still.is_set():
            time.sleep(0.2)
        beat(heartbeat)

    monkeypatch.setattr(Heartbeat, "beat", standing_still)
    start = Poller.start

    def noted(poller: Poller) -> None:
        starts.append(time.monotonic())
        start(poller)

    monkeypatch.setattr(Poller, "start", noted)
    with scene.running(idle_ms_min=200):
        wait_until(lambda: len(starts) == 1)
        stands_still.set()
        wait_until(lambda: len(starts) >= 2)
        stands_still.clear()
        scene.add("a")
        wait_until(lambda: scene.function.ids() == ["1-0"])
    assert scene.pending() == 0


def test_an_entry_deleted_while_it_waited_does_not_hold_back_its_key_for_ever(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.add("a", "a")
    scene.function.failing = {"1-0", "2-0"}
    scene.poll()
    scene.redis.xdel(scene.mapping.stream, "1-0")
    scene.function.failing = set()
    scene.clock.advance(60)
    report = scene.poll(2)
    assert (scene.function.given[-1][-1][0], report.done) == ("2-0", 1)
    assert "pending entries were deleted" in caplog.messages
    assert scene.pending() == 0


def test_what_was_deleted_while_nobody_ran_is_told_and_acknowledged(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.add("a", "a", "b")
    deliver_to(scene, "one")
    scene.redis.xdel(scene.mapping.stream, "1-0", "3-0")
    scene.poll()
    assert scene.function.given == [[("2-0", 2)]]
    told = [record for record in caplog.records if record.message == "pending entries were deleted"]
    assert [vars(record)["entry_ids"] for record in told] == [["1-0", "3-0"]]
    assert scene.pending() == 0


def test_when_all_that_waits_was_deleted_the_poller_goes_on_with_what_is_new(scene: Scene) -> None:
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll()
    scene.redis.xdel(scene.mapping.stream, "1-0")
    scene.clock.advance(60)
    assert scene.poll().attempted == 0
    scene.add("a")
    assert scene.poll().done == 1


def test_idle_consumers_that_own_nothing_are_removed_and_no_other(scene: Scene) -> None:
    scene.add("a")
    deliver_to(scene, "owner")
    scene.redis.xgroup_createconsumer(scene.mapping.stream, scene.mapping.group, "idle")
    time.sleep(0.2)
    GroupSource(scene.redis, scene.mapping, "owner").keep_alive()
    made = scene.started(idle_ms_min=150)
    made.poll_once(wait_s=0)
    assert "idle" not in consumers(scene)
    assert owners(scene) == {"owner"}


def test_a_consumer_that_owns_something_is_never_removed(scene: Scene) -> None:
    scene.add("a")
    scene.function.failing = {"1-0"}
    with scene.running():
        wait_until(lambda: len(scene.function.given) > 0 and scene.pending() == 1)
    assert (consumers(scene), owners(scene)) == ({"one"}, {"one"})
