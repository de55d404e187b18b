"""Where a group stands, and where it is made again when the server has forgotten it."""

import threading
from typing import Any

import pytest
from redis import Redis

from streams.errors import EntriesLostError
from streams.group.keys import GroupKeys
from streams.lanes.report import PollReport
from tests.integration.streams.kit import Scene


class KeptElsewhere:
    """A copy of the checkpoint that survives the server."""

    def __init__(self) -> None:
        self.kept: str | None = None

    def load(self) -> str | None:
        return self.kept

    def save(self, entry_id: str) -> None:
        self.kept = entry_id


def checkpoint(scene: Scene) -> str | None:
    kept = scene.redis.hget(GroupKeys(scene.mapping.stream, scene.mapping.group).checkpoint, "entry_id")
    return kept.decode() if kept else None


def forget_group(scene: Scene) -> None:
    scene.redis.xgroup_destroy(scene.mapping.stream, scene.mapping.group)


def test_a_group_that_is_gone_before_it_read_anything_begins_at_the_beginning(scene: Scene) -> None:
    scene.add("a")
    scene.poller  # noqa: B018 (made, and nothing read)
    forget_group(scene)
    scene.restart()
    scene.poll()
    assert scene.function.ids() == ["1-0"]


def test_a_group_that_is_destroyed_is_made_again_at_its_checkpoint(scene: Scene) -> None:
    scene.add(*"abc")
    scene.poll(2, advance_s=2)
    scene.poll()
    assert checkpoint(scene) == "3-0"
    forget_group(scene)
    scene.add("d")
    scene.restart()
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["4-0"]]


def test_the_checkpoint_stays_behind_what_is_not_done(scene: Scene) -> None:
    scene.add(*"abc")
    scene.function.failing = {"2-0"}
    scene.poll(3, advance_s=0.1)
    scene.clock.advance(2)
    scene.function.crash = RuntimeError("nothing more")
    scene.poll()
    forget_group(scene)
    scene.function.failing, scene.function.crash, scene.function.given = set(), None, []
    scene.restart()
    scene.poll()
    assert scene.function.ids() == ["2-0", "3-0"]


def test_the_copy_elsewhere_stays_behind_what_is_parked_for_that_is_lost_with_the_server(redis: Any) -> None:
    scene, kept = Scene(redis, MaximumRetryAttempts=0), KeptElsewhere()
    scene.add(*"abc")
    scene.function.failing = {"2-0"}
    made = scene.started(checkpoints=kept)
    for _ in range(4):
        made.poll_once(wait_s=0)
        scene.clock.advance(2)
    assert scene.parked_ids() == ["2-0"]
    assert checkpoint(scene) == "3-0"
    assert kept.kept is not None
    assert kept.kept.startswith("1-")


def test_a_group_that_vanishes_between_two_turns_is_made_again(scene: Scene) -> None:
    scene.add("a")
    stop = threading.Event()

    def lose_the_group_once(report: PollReport) -> None:
        scene.clock.advance(60)  # the next turn looks whether anything was lost
        if report.done and len(scene.function.given) == 1:
            forget_group(scene)
            scene.add("b")
        elif "2-0" in scene.function.ids():
            stop.set()

    scene.another(observe=lose_the_group_once).run(stop)
    assert list(dict.fromkeys(scene.function.ids())) == ["1-0", "2-0"]
    assert scene.pending() == 0


def test_a_server_that_lost_everything_is_read_from_the_copy_that_was_kept_elsewhere(scene: Scene) -> None:
    kept: Any = KeptElsewhere()
    scene.add(*"abc")
    made = scene.started(checkpoints=kept)
    for _ in range(2):
        made.poll_once(wait_s=0)
        scene.clock.advance(2)
    assert kept.kept == "3-0"
    keys = GroupKeys(scene.mapping.stream, scene.mapping.group)
    scene.redis.delete(scene.mapping.stream, keys.checkpoint)
    scene.add(*"abcd")  # restored, with one more
    made = scene.started(checkpoints=kept)
    made.poll_once(wait_s=0)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["4-0"]]


def test_a_stream_that_was_made_anew_is_read_from_its_beginning(scene: Scene) -> None:
    scene.add(*"abc")
    scene.poll(2, advance_s=2)
    scene.redis.delete(scene.mapping.stream)
    scene.add("d")
    scene.restart()
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["1-0"]]


@pytest.mark.parametrize("position", ["TRIM_HORIZON", "LATEST"])
def test_a_stream_that_is_deleted_under_a_poller_at_work_stops_nothing(redis: Any, position: str) -> None:
    scene = Scene(redis, StartingPosition=position)
    scene.add(*"abc")
    stop = threading.Event()

    def lose_the_stream_once(report: PollReport) -> None:
        scene.clock.advance(60)
        if "new" in keys():
            stop.set()
        elif not scene.function.events or "again" not in keys():
            scene.redis.delete(scene.mapping.stream)
            scene.add("again")
        else:
            scene.add("new")

    def keys() -> list[str]:
        return [record["event"]["aggregate_id"] for batch in scene.function.events for record in batch["Records"]]

    scene.another(observe=lose_the_stream_once).run(stop)
    assert keys()[-2:] == ["again", "new"]


def test_a_group_made_again_still_notices_what_is_trimmed_unread(scene: Scene) -> None:
    scene.add(*"aaaaaaaaa")
    scene.poll()
    scene.clock.advance(2)
    scene.poll()
    scene.redis.xgroup_destroy(scene.mapping.stream, scene.mapping.group)
    again = scene.started()
    scene.redis.xtrim(scene.mapping.stream, minid="9-0", approximate=False)
    scene.clock.advance(10)
    with pytest.raises(EntriesLostError):
        again.poll_once(wait_s=0)


def test_a_checkpoint_of_another_stream_says_nothing(redis: Redis) -> None:
    before = Scene(redis, MaximumRetryAttempts=0)
    before.add(*"abc")
    before.poll(2, advance_s=2)
    now = Scene(redis, Group=before.mapping.group)
    now.poll()
    now.add(*"ab")
    assert now.poll().done == 2


def test_a_stream_that_is_gone_with_nothing_done_yet_is_waited_for(scene: Scene) -> None:
    scene.poll(2, advance_s=2)
    scene.redis.delete(scene.mapping.stream)
    scene.restart()
    scene.add("a")
    assert scene.poll().done == 1
