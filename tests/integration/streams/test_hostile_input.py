"""Entries, errors and answers that nobody would send on purpose: none may end the poller, none may be lost."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from streams.clock import SystemClock
from streams.group.keys import GroupKeys
from streams.invoking.outcome import MESSAGE_LENGTH_MAX
from streams.parking.place import original_fields
from streams.wire import StreamBatch
from tests.integration.streams.kit import Answer, Scene

FIELDS = 4_200  # Lua takes no more than some 8,000 values in one call
SOON = "9999-12-31T23:59:59Z"  # its window has no end that can be told
LONG_AGO = "0001-01-01T00:00:00+23:59"  # before the first moment that can be told


@pytest.fixture
def parking(set_scene: Callable[..., Scene]) -> Scene:
    """One that parks at the first failure."""
    return set_scene(MaximumRetryAttempts=0)


def raising(error: BaseException) -> Callable[[StreamBatch], Answer]:
    def answer(batch: StreamBatch) -> Answer:
        raise error

    return answer


def of_many_fields(count: int) -> dict[str, str]:
    return {f"näme {number}": "" if number % 7 == 0 else f"{number}:é,\n" for number in range(count)}


@pytest.mark.parametrize("count", [499, 500, 501, FIELDS])
def test_an_entry_of_any_number_of_fields_is_parked_as_it_was_and_can_be_retried(parking: Scene, count: int) -> None:
    parking.add_raw(of_many_fields(count))
    parking.function.failing = {"1-0"}
    parking.poll(2)
    assert parking.parked.get("1-0").event == of_many_fields(count)
    parking.function.failing = set()
    assert parking.parked.request_retry(None, "ada") == ["1-0"]
    parking.poll(3, advance_s=2)
    assert parking.function.events[-1]["Records"][0]["event"] == of_many_fields(count)
    assert (parking.parked.count(), parking.pending()) == (0, 0)


def test_fields_that_are_no_text_are_parked_as_they_were(parking: Scene) -> None:
    fields = {bytes([number % 256, number // 256]): bytes(range(number % 256)) for number in range(FIELDS)}
    parking.redis.xadd(parking.mapping.stream, fields, id="1-0")
    parking.function.failing = {"1-0"}
    parking.poll(2)
    ((_, kept),) = parking.redis.xrange(GroupKeys(parking.mapping.stream, parking.mapping.group).parked)
    assert original_fields(kept) == fields


def test_one_of_very_many_fields_can_be_discarded(parking: Scene) -> None:
    parking.add_raw(of_many_fields(FIELDS))
    parking.function.failing = {"1-0"}
    parking.poll(2)
    parking.parked.discard("1-0", "nobody needs it", "ada")
    assert parking.parked.count() == 0
    ((_, kept),) = parking.redis.xrange(GroupKeys(parking.mapping.stream, parking.mapping.group).discarded)
    assert (kept[b"source_id"], kept[b"discarded_by"]) == (b"1-0", b"ada")


def test_what_is_parked_can_be_discarded_while_the_server_is_full(parking: Scene) -> None:
    parking.add("a")
    parking.function.failing = {"1-0"}
    parking.poll(2)
    before = parking.redis.config_get("maxmemory")["maxmemory"]
    parking.redis.config_set("maxmemory", 1)
    try:
        parking.parked.discard("1-0", "nobody needs it", "ada")
    finally:
        parking.redis.config_set("maxmemory", before)
    assert parking.parked.count() == 0


class Untellable(Exception):  # noqa: N818 (a function's own)
    """One that cannot even be told."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("error", "error_type", "message"),
    [
        (ValueError("\udcff"), "ValueError", "\\udcff"),
        (Untellable(), "Untellable", "its text cannot be told: ValueError"),
        (SystemExit(3), "SystemExit", "3"),
        (GeneratorExit("over"), "GeneratorExit", "over"),
        (ValueError("x" * 1_000_000), "ValueError", "x" * MESSAGE_LENGTH_MAX),
    ],
)
def test_whatever_a_function_raises_is_parked_with_its_text(
    parking: Scene, error: BaseException, error_type: str, message: str
) -> None:
    parking.add("a")
    parking.function.answering = raising(error)
    parking.poll(2)
    event = parking.parked.get("1-0")
    assert (event.error_type, event.error) == (error_type, message)
    assert (parking.parked_ids(), parking.pending()) == (["1-0"], 0)


def test_a_reported_error_that_no_server_takes_is_parked_with_its_text(parking: Scene) -> None:
    told = {"errorType": "\ud800" * 10_000, "errorMessage": "é\udcff", "stackTrace": ["line \udcff"]}
    parking.add("a")
    parking.function.answering = lambda _: {"batchItemFailures": [{"itemIdentifier": "1-0", "error": told}]}
    parking.poll(2)
    event = parking.parked.get("1-0")
    assert (event.error, event.trace) == ("é\\udcff", "line \\udcff")
    assert len(event.error_type) <= 1_000


class Unreadable(dict[str, Any]):
    """An answer that fails whoever reads it, as an array does that is asked whether it is true."""

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")


def test_an_answer_that_fails_its_reader_is_an_invalid_one(parking: Scene) -> None:
    parking.add("a")
    parking.function.answering = lambda _: Unreadable()
    parking.poll(2)
    event = parking.parked.get("1-0")
    assert (event.error_type, event.error) == ("InvalidAnswer", "the answer cannot be read: ValueError: ambiguous")


def test_ctrl_c_in_a_function_ends_the_poller(parking: Scene) -> None:
    parking.add("a")
    parking.function.answering = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        parking.poll()
    assert parking.pending() == 1


def test_what_ends_a_lane_is_raised_by_the_poller(set_scene: Callable[..., Scene]) -> None:
    scene, ended = set_scene(ParallelizationFactor=2), threading.Event()
    scene.add("a")
    scene.function.answering = raising(KeyboardInterrupt())

    def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            scene.another(clock=SystemClock()).run(stop)
        ended.set()

    stop = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()
    was_raised = ended.wait(5)
    stop.set()
    thread.join()
    assert was_raised


@pytest.mark.parametrize("timestamp", [SOON, LONG_AGO, "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z"])
def test_an_entry_of_any_time_has_a_window(set_scene: Callable[..., Scene], timestamp: str) -> None:
    scene = set_scene(TumblingWindowInSeconds=60)
    scene.function.answering = lambda batch: {"state": {"count": batch["state"].get("count", 0) + 1}}
    scene.add("a", timestamp=timestamp)
    scene.add("a", timestamp="2023-11-14T22:14:00Z")
    scene.poll(6)
    records = [record["eventID"] for batch in scene.function.events for record in batch["Records"]]
    assert (records, scene.pending()) == (["1-0", "2-0"], 0)


@pytest.mark.parametrize("timestamp", [SOON, LONG_AGO])
def test_a_destination_is_told_of_an_entry_of_any_time(parking: Scene, timestamp: str) -> None:
    parking.add("a", timestamp=timestamp)
    parking.function.failing = {"1-0"}
    parking.poll(2)
    assert parking.parked_ids() == ["1-0"]
    assert [notice["StreamBatchInfo"]["startEntryId"] for notice in parking.destination.notices] == ["1-0"]


@pytest.mark.parametrize("state", [{"ids": {1}}, {(1, 2): 3}, {"n": 2**70}, {"n": float("nan")}, {"text": "\udcff"}])
def test_a_state_that_cannot_be_kept_is_an_invalid_answer(set_scene: Callable[..., Scene], state: Any) -> None:
    scene = set_scene(TumblingWindowInSeconds=60, MaximumRetryAttempts=0)
    scene.add("a", timestamp="2023-11-14T22:14:00Z")
    scene.function.answering = lambda _: {"state": state}
    scene.poll(2)
    assert scene.parked.get("1-0").error_type == "InvalidAnswer"
    assert scene.pending() == 0


def test_a_state_changed_by_an_invocation_that_fails_comes_again_as_it_was(set_scene: Callable[..., Scene]) -> None:
    scene = set_scene(TumblingWindowInSeconds=60)
    seen: list[int] = []

    def counting(batch: StreamBatch) -> Answer:
        state = batch["state"]
        seen.append(state.setdefault("counts", {}).get("a", 0))
        state["counts"]["a"] = seen[-1] + 1
        if len(seen) in (2, 3):
            raise RuntimeError("after it was counted")
        return {"state": state}

    scene.function.answering = counting
    scene.add("a", timestamp="2023-11-14T22:14:00Z")
    scene.poll()
    scene.add("a", timestamp="2023-11-14T22:14:01Z")
    scene.poll(5, advance_s=2)
    assert seen[:4] == [0, 1, 1, 1]


def test_a_record_changed_by_an_invocation_that_fails_comes_again_as_it_was(
    set_scene: Callable[..., Scene],
) -> None:
    scene = set_scene(MaximumRetryAttempts=0, FunctionResponseTypes=[])
    scene.add("a", "a")
    scene.function.crash = RuntimeError("poisoned")
    scene.poll(4)
    scene.function.crash = None
    seen: list[str] = []

    def taking(batch: StreamBatch) -> Answer:
        seen.extend(record["event"].pop("aggregate_id", "lost") for record in batch["Records"])
        if len(batch["Records"]) > 1:
            raise RuntimeError("one by one, please")
        return None

    scene.function.answering = taking
    scene.parked.request_retry(None, "ada")
    scene.poll(3, advance_s=2)
    assert (seen, scene.parked.count()) == (["a"] * 4, 0)
