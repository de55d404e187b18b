"""Throttling, functions that say "not now", time-outs: what uses a retry, and what only waits."""

from collections.abc import Callable

import pytest

from streams.errors import FunctionError, ThrottledError
from streams.wire import StreamBatch
from tests.integration.streams.kit import Answer, Scene

NOT_NOW = FunctionError("NotNowError", "the database is away")


def others_succeed_in_between(scene: Scene) -> None:
    """One more of another key is read while what failed waits, and done before that is tried again."""
    scene.add("c")
    scene.poll()
    scene.clock.advance(60)
    scene.poll(3)


def test_throttling_uses_no_retry(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Before invocation:
    retried until the records expire."""
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "b")
    scene.function.crash = ThrottledError("429")
    scene.poll(30, advance_s=60)
    assert (scene.parked.count(), scene.pending()) == (0, 2)
    scene.function.crash = None
    scene.poll(3, advance_s=60)
    assert (scene.parked.count(), scene.pending()) == (0, 0)


def test_throttling_uses_no_retry_though_others_are_let_through_meanwhile(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Before invocation: a
    record that the function was never given cannot be a bad one."""
    scene = set_scene(MaximumRetryAttempts=1, BatchSize=1)

    def throttled(batch: StreamBatch) -> Answer:
        if batch["Records"][0]["eventID"] == "1-0":
            raise ThrottledError("429")
        return None

    scene.function.answering = throttled
    scene.add("a")
    for _ in range(6):
        others_succeed_in_between(scene)
    assert scene.parked.count() == 0
    scene.function.answering = None
    scene.poll(4, advance_s=60)
    assert scene.pending() == 0


def test_a_function_error_uses_a_retry(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", During invocation."""
    scene = set_scene(MaximumRetryAttempts=2)
    scene.add("a")
    scene.function.crash = FunctionError("ValueError", "poisoned", "line 7")
    scene.poll(5, advance_s=60)
    assert len(scene.function.given) == 3
    event = scene.parked.get("1-0")
    assert (event.error_type, event.error, event.trace) == ("ValueError", "poisoned", "line 7")


def test_a_function_that_times_out_has_failed(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Understanding retry behavior in Lambda": mappings that read from streams retry the entire batch. A time-out
    is an error of the function."""
    scene = set_scene(MaximumRetryAttempts=1)
    scene.add("a", "b")
    scene.function.crash = FunctionError("Sandbox.Timedout", "Task timed out after 3.00 seconds")
    scene.poll(4, advance_s=60)
    assert scene.function.batches() == [["1-0", "2-0"]] * 2
    assert {event.error_type for event in scene.parked.entries()} == {"Sandbox.Timedout"}


def test_a_function_whose_process_dies_has_failed(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Understanding retry behavior in Lambda": mappings that read from streams retry the entire batch."""
    scene = set_scene(MaximumRetryAttempts=1)
    scene.add("a")
    scene.function.crash = FunctionError("Runtime.ExitError", "RequestId: … Error: Runtime exited: signal: killed")
    scene.poll()
    scene.function.crash = None
    scene.clock.advance(60)
    assert scene.poll().done == 1
    assert [count for batch in scene.function.given for _, count in batch] == [1, 2]


def not_now_with(batch: StreamBatch, entry_id: str) -> Answer:
    if entry_id in [record["eventID"] for record in batch["Records"]]:
        raise NOT_NOW
    return None


@pytest.fixture
def patient(set_scene: Callable[..., Scene]) -> Scene:
    return set_scene(TransientErrorTypes=["NotNowError"], MaximumRetryAttempts=2, BatchSize=2)


def test_unlike_lambda_an_outage_of_hours_parks_nothing(patient: Scene) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda". Lambda counts every
    error against the quota; a function of ours may say that it was not the record's fault."""
    patient.add(*"abcabcabc")
    patient.function.crash = NOT_NOW
    patient.poll(24, advance_s=900)
    assert patient.parked.count() == 0
    patient.function.crash, patient.function.given = None, []
    patient.poll(12, advance_s=60)
    assert (patient.parked.count(), patient.pending()) == (0, 0)
    done = patient.function.ids()
    for key in range(3):
        of_key = [f"{number}-0" for number in range(key + 1, 10, 3)]
        assert [entry_id for entry_id in done if entry_id in of_key] == of_key


def test_unlike_lambda_in_an_outage_the_function_is_asked_seldom(patient: Scene) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda". A hundred waiting
    batches do not each try on their own."""
    patient.add(*"abcdefghijklmnopqrst")
    patient.function.crash = NOT_NOW
    patient.poll(120, advance_s=5)
    assert len(patient.function.given) < 60


def test_unlike_lambda_once_it_is_over_nothing_waits_for_its_back_off(patient: Scene) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"."""
    patient.add(*"abcdef")
    patient.function.crash = NOT_NOW
    patient.poll(20, advance_s=60)
    patient.function.crash = None
    patient.poll(6)
    assert patient.pending() == 0


def test_unlike_lambda_one_record_that_says_not_now_for_ever_does_not_hold_the_lane(patient: Scene) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda". While others succeed it
    is the record and no outage: its retries count."""
    patient.add("a")
    patient.function.answering = lambda batch: not_now_with(batch, "1-0")
    for _ in range(6):
        others_succeed_in_between(patient)
    assert patient.parked_ids() == ["1-0"]
    assert patient.pending() == 0


def test_unlike_lambda_a_batch_that_says_not_now_while_nothing_else_works_is_split_by_key(patient: Scene) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda". One record may be all
    that fails, and nothing else comes that would show it."""
    patient.add("a", "b")
    patient.function.answering = lambda batch: not_now_with(batch, "1-0")
    patient.poll(12, advance_s=60)
    assert patient.function.batches()[:5] == [["1-0", "2-0"]] * 3 + [["1-0"], ["2-0"]]
    assert patient.pending() == 1


def test_unlike_lambda_a_reported_item_may_say_not_now(patient: Scene) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda". That all of them say so is an
    outage."""

    def away(batch: StreamBatch) -> Answer:
        error = {"errorType": "NotNowError", "errorMessage": "away", "stackTrace": []}
        return {"batchItemFailures": [{"itemIdentifier": r["eventID"], "error": error} for r in batch["Records"]]}

    patient.function.answering = away
    patient.add("a", "b")
    patient.poll(20, advance_s=900)
    assert patient.parked.count() == 0
    patient.function.answering = None
    patient.poll(4, advance_s=60)
    assert patient.pending() == 0
