"""The poller against a real server: order, redelivery, take-over, loss."""

import json
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis

from streams.errors import EntriesLostError
from streams.mapping import EventSourceMapping
from streams.poller import Poller, PollReport
from streams.wire import StreamBatch

Answer = dict[str, list[dict[str, str]]]


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def mapping() -> EventSourceMapping:
    name = uuid4().hex
    return EventSourceMapping("F", f"stream:{name}", f"group-{name}", batch_size=3, partial_responses=True)


class Handler:
    """Notes what it was given; fails the ids it is told to."""

    def __init__(self) -> None:
        self.given: list[list[tuple[str, int]]] = []
        self.failing: set[str] = set()
        self.crash = False

    def __call__(self, batch: StreamBatch) -> Answer:
        records = batch["Records"]
        self.given.append([(record["eventID"], record["deliveryCount"]) for record in records])
        if self.crash:
            raise RuntimeError("the process would die here")
        return {
            "batchItemFailures": [{"itemIdentifier": r["eventID"]} for r in records if r["eventID"] in self.failing]
        }

    def ids(self) -> list[str]:
        return [entry_id for batch in self.given for entry_id, _ in batch]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def add(redis: Redis, mapping: EventSourceMapping, *keys: str) -> None:
    for key in keys:
        redis.xadd(
            mapping.stream, {"event": json.dumps({"aggregate_id": key})}, id=f"{redis.xlen(mapping.stream) + 1}-0"
        )


def poller(redis: Redis, mapping: EventSourceMapping, handler: Handler, clock: Clock | None = None) -> Poller:
    made = Poller(redis, mapping, handler, consumer="one", clock=clock or Clock())
    made.start()
    return made


def pending(redis: Redis, mapping: EventSourceMapping) -> int:
    summary = redis.xpending(mapping.stream, mapping.group)
    assert isinstance(summary, dict)
    return int(summary["pending"])


def test_entries_written_before_the_group_existed_are_delivered(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, "a", "b")
    handler = Handler()
    report = poller(redis, mapping, handler).poll_once()
    assert handler.ids() == ["1-0", "2-0"]
    assert (report.attempted, report.done, pending(redis, mapping)) == (2, 2, 0)


def test_a_failure_holds_back_its_key_alone_and_comes_again_in_order(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, "a", "b", "a", "a", "b")
    handler, clock = Handler(), Clock()
    handler.failing = {"1-0"}
    made = poller(redis, mapping, handler, clock)
    made.poll_once()
    made.poll_once()
    assert handler.given == [[("1-0", 1), ("2-0", 1), ("3-0", 1)], [("5-0", 1)]]
    assert pending(redis, mapping) == 3
    handler.failing = set()
    clock.now += 60
    made.poll_once()
    assert handler.given[-1] == [("1-0", 2), ("3-0", 2), ("4-0", 2)]
    assert pending(redis, mapping) == 0


def test_a_handler_that_raises_has_done_nothing(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, "a", "b")
    handler = Handler()
    handler.crash = True
    report = poller(redis, mapping, handler).poll_once()
    assert (report.failed, pending(redis, mapping)) == (2, 2)


@pytest.mark.parametrize("identifier", ["", "99-0", None])
def test_an_identifier_that_was_not_given_fails_the_whole_batch(
    redis: Redis, mapping: EventSourceMapping, identifier: str | None
) -> None:
    add(redis, mapping, "a", "b")
    made = Poller(redis, mapping, lambda batch: {"batchItemFailures": [{"itemIdentifier": identifier}]}, consumer="one")
    made.start()
    made.poll_once()
    assert pending(redis, mapping) == 2


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_means_that_all_is_done(
    redis: Redis, mapping: EventSourceMapping, answer: Answer | None
) -> None:
    add(redis, mapping, "a", "b")
    made = Poller(redis, mapping, lambda batch: answer, consumer="one")
    made.start()
    made.poll_once()
    assert pending(redis, mapping) == 0


def test_what_a_dead_process_held_comes_first_and_in_order(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, *"abcabcabc")
    first = Handler()
    first.crash = True
    dying = poller(redis, mapping, first)
    for _ in range(3):
        dying.poll_once()
        dying._paused_until = 0.0
    add(redis, mapping, "a")
    second = Handler()
    made = poller(redis, mapping, second)
    for _ in range(4):
        made.poll_once()
    assert second.ids() == [f"{n}-0" for n in range(1, 11)]
    assert [count for batch in second.given for _, count in batch] == [2] * 9 + [1]
    assert pending(redis, mapping) == 0


def test_entries_of_a_consumer_that_went_away_are_taken_over_past_the_first_page(
    redis: Redis, mapping: EventSourceMapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.source.PAGE", 2)
    monkeypatch.setattr("streams.poller.IDLE_MS_MIN", 0)
    add(redis, mapping, *"abcdefg")
    redis.xgroup_create(mapping.stream, mapping.group, id="0")
    redis.xreadgroup(mapping.group, "gone", {mapping.stream: ">"})
    handler = Handler()
    made = poller(redis, mapping, handler)
    for _ in range(3):
        made.poll_once()
    assert handler.ids() == [f"{n}-0" for n in range(1, 8)]
    assert pending(redis, mapping) == 0


def test_entries_trimmed_before_they_were_read_stop_the_poller(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, *"abcd")
    handler = Handler()
    made = poller(redis, mapping, handler)
    made.poll_once()
    add(redis, mapping, "e")
    redis.xtrim(mapping.stream, minid="5-0", approximate=False)
    with pytest.raises(EntriesLostError, match="has read only 3, up to 3-0"):
        poller(redis, mapping, handler)


def test_trimming_what_was_read_is_no_loss(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, *"abc")
    handler = Handler()
    poller(redis, mapping, handler).poll_once()
    redis.xtrim(mapping.stream, maxlen=0, approximate=False)
    poller(redis, mapping, handler)


def test_an_entry_deleted_before_it_was_read_stops_the_poller(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, *"abcde")
    made = poller(redis, mapping, Handler())
    made.poll_once()
    redis.xdel(mapping.stream, "5-0")
    with pytest.raises(EntriesLostError):
        poller(redis, mapping, Handler())


def test_a_flushed_group_is_made_again_at_the_beginning(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, "a")
    handler = Handler()
    stop = threading.Event()

    def stop_when_handled(report: PollReport) -> None:
        if report.attempted:
            stop.set()

    made = Poller(redis, mapping, handler, consumer="one", observe=stop_when_handled)
    made.start()
    redis.xgroup_destroy(mapping.stream, mapping.group)
    made.run(stop)
    assert handler.ids() == ["1-0"]


def test_a_group_that_vanishes_between_two_turns_is_made_again(redis: Redis, mapping: EventSourceMapping) -> None:
    add(redis, mapping, "a")
    handler, clock, stop = Handler(), Clock(), threading.Event()

    def lose_the_group_once(report: PollReport) -> None:
        clock.now += 60  # the next turn looks whether anything was lost
        if len(handler.given) == 1:
            redis.xgroup_destroy(mapping.stream, mapping.group)
        else:
            stop.set()

    Poller(redis, mapping, handler, consumer="one", observe=lose_the_group_once, clock=clock).run(stop)
    assert handler.ids() == ["1-0", "1-0"]


def test_an_entry_that_is_no_event_goes_to_the_handler_to_be_reported(
    redis: Redis, mapping: EventSourceMapping
) -> None:
    redis.xadd(mapping.stream, {"event": "{not json"}, id="1-0")
    batches: list[StreamBatch] = []

    def note(batch: StreamBatch) -> None:
        batches.append(batch)

    made = Poller(redis, mapping, note, consumer="one")
    made.start()
    made.poll_once()
    assert batches[0]["Records"][0]["event"]["unreadable"] == {"event": "{not json"}


def test_an_entry_nested_deeper_than_a_parser_goes_is_reported_too(redis: Redis, mapping: EventSourceMapping) -> None:
    redis.xadd(mapping.stream, {"event": "[" * 100_000}, id="1-0")
    handler = Handler()
    handler.failing = {"1-0"}
    report = poller(redis, mapping, handler).poll_once()
    assert (report.attempted, report.failed) == (1, 1)


def test_an_entry_deleted_while_it_waited_does_not_hold_back_its_key_for_ever(
    redis: Redis, mapping: EventSourceMapping, caplog: pytest.LogCaptureFixture
) -> None:
    add(redis, mapping, "a", "a")
    handler, clock = Handler(), Clock()
    handler.failing = {"1-0", "2-0"}
    made = poller(redis, mapping, handler, clock)
    made.poll_once()
    redis.xdel(mapping.stream, "1-0")
    handler.failing = set()
    clock.now += 60
    report = made.poll_once()
    assert (handler.given[-1], report.done) == ([("2-0", 2)], 1)
    assert "pending entries were deleted" in caplog.messages
    assert (len(made._backlog), pending(redis, mapping)) == (0, 0)


def test_when_all_that_waits_was_deleted_the_poller_goes_on_with_what_is_new(
    redis: Redis, mapping: EventSourceMapping
) -> None:
    add(redis, mapping, "a")
    handler, clock = Handler(), Clock()
    handler.failing = {"1-0"}
    made = poller(redis, mapping, handler, clock)
    made.poll_once()
    redis.xdel(mapping.stream, "1-0")
    clock.now += 60
    assert made.poll_once().attempted == 0
    redis.xadd(mapping.stream, {"event": json.dumps({"aggregate_id": "a"})}, id="2-0")
    assert made.poll_once().done == 1
