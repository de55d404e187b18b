"""The poller against a real server: what is delivered, in which order, and what stops it."""

import threading
from itertools import pairwise

import pytest

from streams.errors import EntriesLostError
from streams.lanes.report import PollReport
from tests.integration.streams.kit import Scene


def test_entries_written_before_the_group_existed_are_delivered(scene: Scene) -> None:
    scene.add("a", "b")
    report = scene.poll()
    assert scene.function.batches() == [["1-0", "2-0"]]
    assert (report.attempted, report.done, scene.pending()) == (2, 2, 0)


def test_a_failure_holds_back_its_key_alone_and_comes_again_in_order(scene: Scene) -> None:
    scene.add("a", "b", "a", "a", "b")
    scene.function.failing = {"1-0"}
    scene.poll(3)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["2-0"], ["5-0"]]
    assert scene.pending() == 3
    scene.function.failing = set()
    scene.clock.advance(60)
    scene.poll(2)
    assert scene.function.given[3:] == [[("1-0", 2)], [("3-0", 2), ("4-0", 1)]]
    assert scene.pending() == 0


def test_a_function_that_raises_has_done_nothing(scene: Scene) -> None:
    scene.add("a", "b")
    scene.function.crash = RuntimeError("the process would die here")
    report = scene.poll()
    assert (report.failed, report.done, scene.pending()) == (2, 0, 2)


def test_what_fails_waits_longer_each_time_and_nobody_else_with_it(scene: Scene) -> None:
    scene.add("a")
    scene.function.failing = {"1-0"}
    at_s: list[float] = []
    for _ in range(400):
        before = len(scene.function.given)
        scene.poll()
        if len(scene.function.given) > before:
            at_s.append(scene.clock.monotonic_s())
        scene.clock.advance(0.1)
    waits = [later - earlier for earlier, later in pairwise(at_s)]
    assert waits[0] <= 0.31
    assert waits[3] > waits[0]
    assert max(waits) <= 30.2
    scene.add("b")
    assert scene.poll(2).done == 1  # two turns: the retry may be due just now, and goes first


def test_an_entry_that_is_no_event_goes_to_the_function_to_be_reported(scene: Scene) -> None:
    scene.add_raw({"event": "{not json"})
    scene.poll()
    assert scene.function.events[0]["Records"][0]["event"] == {"unreadable": {"event": "{not json"}, "position": 1}


def test_an_entry_nested_deeper_than_a_parser_goes_is_reported_too(scene: Scene) -> None:
    scene.add_raw({"event": "[" * 100_000})
    scene.function.failing = {"1-0"}
    report = scene.poll()
    assert (report.attempted, report.failed) == (1, 1)


def test_an_unreadable_entry_has_a_key_of_its_own_and_holds_back_nobody(scene: Scene) -> None:
    scene.add_raw({"event": "{not json"})
    scene.add_raw({"event": "{nor is this"})
    scene.function.failing = {"1-0"}
    scene.poll(2)
    assert scene.function.batches() == [["1-0", "2-0"], ["2-0"]]
    assert scene.pending() == 1


def test_an_entry_without_the_field_event_is_given_with_its_fields(scene: Scene) -> None:
    scene.add_raw({"name": "Ada", "city": "Bruxelles"})
    scene.poll()
    assert scene.function.events[0]["Records"][0]["event"] == {"name": "Ada", "city": "Bruxelles"}


def test_another_field_can_be_the_ordering_key(scene: Scene) -> None:
    ordered = Scene(scene.redis, PartitionKey="customer_id")
    ordered.add("claim-1", customer_id="ada")
    ordered.add("claim-2", customer_id="ada")
    ordered.function.failing = {"1-0"}
    ordered.poll(2)
    assert ordered.function.batches() == [["1-0", "2-0"]]
    assert ordered.pending() == 2


def test_entries_trimmed_before_they_were_read_stop_the_poller(scene: Scene) -> None:
    scene.add(*"abcd")
    scene.poll()
    scene.add("e")
    scene.redis.xtrim(scene.mapping.stream, minid="5-0", approximate=False)
    with pytest.raises(EntriesLostError, match="has read only 3, up to 3-0"):
        scene.restart()


def test_a_poller_at_work_stops_too_once_it_sees_the_loss(scene: Scene) -> None:
    scene.add(*"abc")
    scene.poll()
    scene.add(*"de")
    scene.redis.xtrim(scene.mapping.stream, minid="5-0", approximate=False)
    scene.clock.advance(60)
    with pytest.raises(EntriesLostError):
        scene.poll()
    assert scene.function.ids() == ["1-0", "2-0", "3-0"]


def test_trimming_what_was_read_is_no_loss(scene: Scene) -> None:
    scene.add(*"abc")
    scene.poll()
    scene.redis.xtrim(scene.mapping.stream, maxlen=0, approximate=False)
    scene.restart()
    scene.add("d")
    assert scene.poll().done == 1


def test_an_entry_deleted_before_it_was_read_stops_the_poller(scene: Scene) -> None:
    scene.add(*"abcde")
    scene.poll()
    scene.redis.xdel(scene.mapping.stream, "5-0")
    with pytest.raises(EntriesLostError):
        scene.restart()


@pytest.mark.parametrize(("limit", "most"), [("HELD_ENTRIES_MAX", 60), ("HELD_BYTES_MAX", 60 * 21)])
def test_a_poller_reads_no_more_than_it_has_room_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(f"streams.poller.{limit}", most)
    scene.add(*"a" * 100)
    scene.function.crash = RuntimeError("down")
    scene.poll(60)
    held = scene.pending()
    assert held <= 20 * scene.mapping.batch_size + scene.mapping.batch_size
    scene.function.crash = None
    scene.poll(60, advance_s=60)
    assert scene.pending() == 0
    assert list(dict.fromkeys(scene.function.ids())) == [f"{n}-0" for n in range(1, 101)]


def test_a_poller_that_was_stopped_leaves_no_consumer_behind(scene: Scene) -> None:
    scene.add("a")
    done = threading.Event()

    def note(report: PollReport) -> None:
        if report.done:
            done.set()

    with scene.running(observe=note):
        assert done.wait(5)
    assert scene.redis.xinfo_consumers(scene.mapping.stream, scene.mapping.group) == []


def test_every_turn_is_told_to_who_observes(scene: Scene) -> None:
    scene.add("a", "b")
    scene.function.failing = {"2-0"}
    reports: list[PollReport] = []
    scene.started(observe=reports.append).poll_once(wait_s=0)
    assert reports == [PollReport(attempted=2, done=1, failed=1)]


def test_a_key_that_fails_without_end_does_not_keep_others_from_being_read(scene: Scene) -> None:
    scene.add("hot", *["hot"] * 40 * scene.mapping.batch_size, *"abc")
    scene.function.crash_on = {"1-0"}
    scene.poll(60)
    assert {"122-0", "123-0", "124-0"} <= set(scene.function.ids())


def test_the_client_repeats_no_command_by_itself(scene: Scene) -> None:
    scene.another()
    assert scene.redis.get_retry().get_retries() == 0


def test_a_server_that_is_out_of_memory_is_read_on(scene: Scene) -> None:
    scene.add(*"abcab")
    scene.poller.poll_once(wait_s=0)
    before = scene.redis.config_get("maxmemory")["maxmemory"]
    scene.redis.config_set("maxmemory", 1)
    try:
        report = scene.poll(3, advance_s=10)
    finally:
        scene.redis.config_set("maxmemory", before)
    assert (report.done, scene.pending()) == (2, 0)
