"""MaximumRecordAgeInSeconds: what is older is not sent to the function, and not retried."""

from collections.abc import Callable
from datetime import UTC, datetime

from streams.clock import Clock
from streams.errors import ThrottledError
from tests.integration.streams.kit import Scene

DAY_S = 24 * 60 * 60


def ago(clock: Clock, seconds: float) -> str:
    moment = datetime.fromtimestamp(clock.now_ms() / 1000 - seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_records_that_are_older_are_never_sent(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference, MaximumRecordAgeInSeconds."""
    scene = set_scene(MaximumRecordAgeInSeconds=3600)
    scene.add("a", timestamp=ago(scene.clock, 3601))
    scene.add("b", timestamp=ago(scene.clock, 3599))
    scene.poll(2)
    assert scene.function.ids() == ["2-0"]
    assert scene.parked_reasons() == [("1-0", "RecordAgeExceeded")]
    assert scene.parked.get("1-0").attempts == 0


def test_a_failing_record_is_retried_until_it_is_too_old_and_never_after(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Error handling."""
    scene = set_scene(MaximumRecordAgeInSeconds=600, MaximumRetryAttempts=-1)
    scene.add("a", timestamp=ago(scene.clock, 0))
    scene.function.failing = {"1-0"}
    scene.poll(9, advance_s=60)
    given = len(scene.function.given)
    assert given == 9
    assert scene.parked.count() == 0
    scene.clock.advance(61)
    scene.poll(3, advance_s=60)
    assert len(scene.function.given) == given
    assert scene.parked_reasons() == [("1-0", "RecordAgeExceeded")]
    assert scene.parked.get("1-0").error_type == "ReportedFailure"


def test_a_young_record_of_the_same_failed_batch_is_retried(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference: "Discard records older than the specified age"."""
    scene = set_scene(MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=-1, FunctionResponseTypes=[])
    scene.add("a", timestamp=ago(scene.clock, 50))
    scene.add("a", "b", timestamp=ago(scene.clock, 0))
    scene.function.crash = RuntimeError("down")
    scene.poll()
    scene.clock.advance(20)
    scene.function.crash = None
    scene.poll(3, advance_s=1)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"], ["3-0"]]
    assert scene.parked_reasons() == [("1-0", "RecordAgeExceeded"), ("2-0", "BehindParkedEvent")]


def test_a_record_that_could_not_be_sent_for_throttling_ages_too(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Before invocation."""
    scene = set_scene(MaximumRecordAgeInSeconds=600)
    scene.add("a", timestamp=ago(scene.clock, 0))
    scene.function.crash = ThrottledError("429")
    scene.poll(14, advance_s=60)
    assert scene.parked_reasons() == [("1-0", "RecordAgeExceeded")]
    assert len(scene.function.given) == 11


def test_later_records_of_a_key_queue_behind_one_that_was_too_old(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference. That order is kept behind what was given up is
    ours."""
    scene = set_scene(MaximumRecordAgeInSeconds=60)
    scene.add("a", timestamp=ago(scene.clock, 61))
    scene.add("a", timestamp=ago(scene.clock, 61))
    scene.add("a", "b", timestamp=ago(scene.clock, 1))
    scene.poll(2)
    assert scene.function.ids() == ["4-0"]
    assert scene.parked_ids() == ["1-0", "2-0", "3-0"]


def test_minus_one_sends_whatever_its_age(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": -1, Lambda doesn't discard."""
    scene = set_scene(MaximumRecordAgeInSeconds=-1, MaximumRetryAttempts=-1)
    scene.add("a", timestamp=ago(scene.clock, 3650 * DAY_S))
    scene.function.failing = {"1-0"}
    scene.poll(30, advance_s=DAY_S)
    assert len(scene.function.given) == 30
    assert scene.parked.count() == 0


def test_unlike_lambda_a_stream_keeps_its_history_and_by_default_all_of_it_is_sent(
    set_scene: Callable[..., Scene],
) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings". A Kinesis stream forgets within a
    year at most; ours has every event, and a new subscriber is to be given them."""
    scene = set_scene()
    scene.add("a", timestamp=ago(scene.clock, 3650 * DAY_S))
    assert scene.poll().done == 1


def test_unlike_lambda_by_default_seven_days_of_failing_are_the_limit(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda": "for up to one week".
    Ours counts from the first failure, so that old events are not given up at once."""
    scene = set_scene(MaximumRetryAttempts=-1)
    scene.add("a", "a", timestamp=ago(scene.clock, 3650 * DAY_S))
    scene.function.failing = {"1-0"}
    scene.poll(7 * 4, advance_s=DAY_S / 4)
    scene.poll()
    assert scene.parked.count() == 0
    scene.poll(2, advance_s=3600)
    assert scene.parked_reasons() == [("1-0", "RecordAgeExceeded"), ("2-0", "BehindParkedEvent")]


def test_unlike_lambda_an_entry_that_does_not_tell_its_time_never_gets_too_old(set_scene: Callable[..., Scene]) -> None:
    """AWS: CreateEventSourceMapping in the Lambda API reference. A Kinesis record always has an arrival time; the id of
    ours is a counter, and the event need not tell one."""
    scene = set_scene(MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=2)
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(5, advance_s=3600)
    assert len(scene.function.given) == 3
    assert scene.parked_reasons() == [("1-0", "RetryAttemptsExhausted")]
