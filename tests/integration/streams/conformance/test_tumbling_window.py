"""TumblingWindowInSeconds: a state handed from batch to batch within one window of time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from streams.errors import FunctionError, MappingError
from streams.invoking.tumbling import STATE_BYTES_MAX
from streams.wire import StreamBatch
from tests.integration.streams.kit import Answer, Scene

START_MS = 1_700_000_040_000  # the clock's time 40 s later, and the beginning of a minute


def at(second: float) -> str:
    """So many seconds after the window began."""
    return datetime.fromtimestamp(START_MS / 1000 + second, UTC).isoformat().replace("+00:00", "Z")


def counting(batch: StreamBatch) -> Answer:
    """Counts the records of a window."""
    return {"state": {"count": batch["state"].get("count", 0) + len(batch["Records"])}}


def told(scene: Scene) -> list[tuple[int, dict[str, Any], bool]]:
    """Of each invocation: how many records, the state it was given, whether it was the window's last."""
    return [(len(e["Records"]), e["state"], e["isFinalInvokeForWindow"]) for e in scene.function.events]


@pytest.fixture
def windows(set_scene: Callable[..., Scene]) -> Scene:
    scene = set_scene(TumblingWindowInSeconds=60, BatchSize=2)
    scene.clock.advance(40)
    scene.function.answering = counting
    return scene


def test_the_state_is_handed_on_within_a_window(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda", Aggregation and processing."""
    windows.add(*"abcde", timestamp=at(1))
    windows.poll(3)
    assert told(windows) == [(2, {}, False), (2, {"count": 2}, False), (1, {"count": 4}, False)]
    assert windows.function.events[0]["window"] == {"start": "2023-11-14T22:14:00Z", "end": "2023-11-14T22:15:00Z"}
    assert windows.pending() == 0


def test_a_window_ends_with_an_invocation_of_its_own_when_its_time_is_over(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": isFinalInvokeForWindow."""
    windows.add("a", timestamp=at(1))
    windows.poll(2)
    windows.clock.advance(59.9)
    windows.poll()
    assert len(windows.function.events) == 1
    windows.clock.advance(0.1)
    windows.poll(3)
    assert told(windows)[1:] == [(0, {"count": 1}, True)]
    assert windows.function.events[1]["isWindowTerminatedEarly"] is False


def test_a_record_of_a_later_window_ends_the_one_before(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": each record belongs to one window."""
    windows.add("a", timestamp=at(59.999))
    windows.add("b", timestamp=at(60))
    windows.poll(3)
    assert told(windows) == [(1, {}, False), (0, {"count": 1}, True), (1, {}, False)]
    assert windows.function.events[2]["window"]["start"] == "2023-11-14T22:15:00Z"


def test_the_state_is_deleted_with_its_window(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": after the final one it is dropped."""
    windows.add("a", timestamp=at(1))
    windows.poll()
    windows.clock.advance(60)
    windows.poll()
    windows.restart()
    windows.add("b", timestamp=at(61))
    windows.poll()
    assert told(windows)[-1] == (1, {}, False)


def test_a_window_survives_the_end_of_its_process(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": Lambda keeps the state."""
    windows.add("a", "b", timestamp=at(1))
    windows.poll()
    windows.restart()
    windows.add("c", timestamp=at(2))
    windows.poll()
    assert told(windows)[1] == (1, {"count": 2}, False)
    windows.clock.advance(60)
    windows.restart()
    windows.poll()
    assert told(windows)[2] == (0, {"count": 3}, True)


def test_a_batch_that_failed_is_given_the_state_from_before_it(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda", Aggregation and processing."""
    windows.add(*"abcd", timestamp=at(1))
    windows.poll()
    windows.function.crash = FunctionError("ValueError", "down")
    windows.poll()
    windows.function.crash = None
    windows.clock.advance(1)
    windows.poll(2)
    assert told(windows) == [(2, {}, False), (2, {"count": 2}, False), (2, {"count": 2}, False)]
    windows.add("e", timestamp=at(3))
    windows.poll()
    assert told(windows)[-1] == (1, {"count": 4}, False)


def test_nothing_overtakes_a_batch_that_waits_for_its_retry(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": "Records are always processed in order
    the first time"."""
    windows.add(*"abcdef", timestamp=at(1))
    windows.function.crash = FunctionError("ValueError", "down")
    windows.poll(5)
    windows.function.crash = None
    windows.clock.advance(1)
    windows.poll(4)
    assert windows.function.batches() == [["1-0", "2-0"], ["1-0", "2-0"], ["3-0", "4-0"], ["5-0", "6-0"]]


def test_a_window_is_not_closed_while_a_batch_of_it_waits_for_its_retry(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": the final state is of all its records."""
    windows.add(*"abcd", timestamp=at(59))
    windows.poll()
    windows.function.crash_on = {"3-0"}
    windows.clock.advance(59.95)
    windows.poll()
    windows.clock.advance(0.06)
    windows.poll(3)  # its time is over, and two of its records are not done
    assert [final for _, _, final in told(windows)] == [False, False]
    windows.function.crash_on = set()
    windows.clock.advance(1)
    windows.poll(3)
    assert told(windows)[2:] == [(2, {"count": 2}, False), (0, {"count": 4}, True)]


def test_a_window_is_not_closed_while_records_of_it_are_still_to_be_read(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": the final state is of all its records."""
    windows.add("a", timestamp=at(1))
    windows.poll()
    windows.add("b", timestamp=at(59))
    windows.clock.advance(3600)  # the process stood still, or the machine was off
    windows.restart()
    windows.poll(3)
    assert told(windows)[1:] == [(1, {"count": 1}, False), (0, {"count": 2}, True)]


def test_a_window_whose_state_grows_beyond_one_megabyte_ends_early(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": Lambda terminates the window early."""
    windows.function.answering = lambda batch: {"state": {"text": "x" * (STATE_BYTES_MAX + 1)}}
    windows.add("a", timestamp=at(1))
    windows.poll()
    assert [len(event["Records"]) for event in windows.function.events] == [1, 0]
    last = windows.function.events[1]
    assert (last["isFinalInvokeForWindow"], last["isWindowTerminatedEarly"]) == (True, True)
    windows.function.answering = counting
    windows.add("b", timestamp=at(2))
    windows.poll()
    assert told(windows)[-1] == (1, {}, False)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"state": None}, {"state": "7"}])
def test_an_answer_without_a_state_is_a_failed_invocation(windows: Scene, answer: Any) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": "If the response does not contain a state
    property, Lambda considers this a failed invocation"."""
    windows.function.answering = lambda batch: answer
    windows.add("a", timestamp=at(1))
    windows.poll()
    assert windows.pending() == 1
    windows.function.answering = counting
    windows.clock.advance(1)
    windows.poll()
    assert told(windows) == [(1, {}, False)] * 2
    assert windows.pending() == 0


def test_the_last_invocation_needs_no_state_in_its_answer(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": once it succeeded the state is
    dropped."""
    windows.add("a", timestamp=at(1))
    windows.poll()
    windows.function.answering = None
    windows.clock.advance(60)
    windows.poll(3)
    assert [final for _, _, final in told(windows)] == [False, True]


def test_a_last_invocation_that_fails_holds_up_the_next_window_until_it_succeeds(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda": "If invocation is unsuccessful, your
    Lambda function suspends further processing until a successful invocation"."""
    windows.add("a", timestamp=at(1))
    windows.poll()
    windows.function.crash = FunctionError("ValueError", "down")
    windows.add("b", timestamp=at(60))
    windows.poll(3, advance_s=1)
    assert windows.function.ids() == ["1-0"]
    windows.function.crash = None
    windows.poll(3, advance_s=60)
    assert told(windows)[-2:] == [(1, {}, False), (0, {"count": 1}, True)]
    finals = [state for _, state, final in told(windows) if final]
    assert finals[0] == {"count": 1}
    assert windows.pending() == 0


def test_partial_responses_hand_on_the_state_of_what_was_done(windows: Scene) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda", the answer's batchItemFailures."""
    windows.add("a", "b", timestamp=at(1))
    windows.function.answering = lambda batch: {
        "state": {"count": 1},
        "batchItemFailures": [{"itemIdentifier": "2-0"}],
    }
    windows.poll()
    windows.function.answering = counting
    windows.clock.advance(1)
    windows.poll()
    assert told(windows) == [(2, {}, False), (1, {"count": 1}, False)]


def test_a_parked_record_that_is_retried_counts_in_the_window_that_is_open(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Implementing stateful Kinesis Data Streams processing in Lambda". Retrying by hand is ours: what the
    function answers to it is handed on like any other state."""
    scene = set_scene(TumblingWindowInSeconds=60, BatchSize=2, MaximumRetryAttempts=0)
    scene.clock.advance(40)
    scene.function.answering = counting
    scene.add("a", timestamp=at(1))
    scene.function.crash_on = {"1-0"}
    scene.poll()
    scene.add("b", timestamp=at(2))
    scene.poll()
    scene.function.crash_on = set()
    scene.parked.request_retry(None, "ada")
    scene.clock.advance(2)
    scene.poll(2)
    scene.add("c", timestamp=at(5))
    scene.poll()
    assert told(scene)[-1] == (1, {"count": 2}, False)


def test_windows_have_one_lane(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping refuses a tumbling window with a ParallelizationFactor above 1."""
    with pytest.raises(MappingError, match="ParallelizationFactor"):
        set_scene(TumblingWindowInSeconds=60, ParallelizationFactor=2)
