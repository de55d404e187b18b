"""MaximumRetryAttempts: so often a failed batch comes again, and then no more."""

from collections.abc import Callable

import pytest

from streams.mapping.model import RETRIES_DEFAULT
from tests.integration.streams.kit import Scene


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_batch_is_invoked_once_and_retried_exactly_so_often(set_scene: Callable[..., Scene], retries: int) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Error handling."""
    scene = set_scene(MaximumRetryAttempts=retries, FunctionResponseTypes=[])
    scene.add("a", "b")
    scene.function.crash = RuntimeError("poisoned")
    scene.poll(retries + 5, advance_s=60)
    assert scene.function.batches() == [["1-0", "2-0"]] * (retries + 1)
    assert scene.parked_reasons() == [("1-0", "RetryAttemptsExhausted"), ("2-0", "RetryAttemptsExhausted")]
    assert [event.attempts for event in scene.parked.entries()] == [retries + 1] * 2


def test_the_stream_goes_on_after_a_batch_that_was_given_up(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda": Lambda discards the
    records and continues."""
    scene = set_scene(MaximumRetryAttempts=0, FunctionResponseTypes=[], BatchSize=2)
    scene.add(*"abcd")
    scene.function.crash_on = {"1-0"}
    scene.poll(3)
    assert scene.function.batches() == [["1-0", "2-0"], ["3-0", "4-0"]]
    assert scene.pending() == 0


def test_minus_one_retries_without_limit(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": -1 means infinite."""
    scene = set_scene(MaximumRetryAttempts=-1)
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(60, advance_s=60)
    assert len(scene.function.given) == 60
    assert scene.parked.count() == 0


def test_unlike_lambda_the_default_is_bounded(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings" has -1 as the default, with which
    "a bad record can block processing on the affected shard for up to one week"; ours is ten."""
    scene = set_scene()
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(50, advance_s=60)
    assert len(scene.function.given) == RETRIES_DEFAULT + 1 == 11
    assert scene.parked_ids() == ["1-0"]


def test_a_batch_that_succeeds_at_its_last_retry_is_done(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", Error handling."""
    scene = set_scene(MaximumRetryAttempts=2)
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(2, advance_s=60)
    scene.function.failing = set()
    scene.poll(2, advance_s=60)
    assert (len(scene.function.given), scene.parked.count(), scene.pending()) == (3, 0, 0)


def test_unlike_lambda_nothing_is_lost_with_what_is_given_up(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda" discards the records and
    sends metadata at most; here they are parked whole, and later ones of their key behind them."""
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "a", text="kept")
    scene.function.failing = {"1-0"}
    scene.poll(3)
    assert scene.parked_reasons() == [("1-0", "RetryAttemptsExhausted"), ("2-0", "BehindParkedEvent")]
    assert [event.event["text"] for event in scene.parked.entries()] == ["kept", "kept"]


def test_unlike_lambda_other_keys_go_on_while_a_batch_waits_for_its_retry(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": there a failing batch blocks its shard, all
    partition keys of it; here it blocks its own keys."""
    scene = set_scene(FunctionResponseTypes=[], BatchSize=2)
    scene.add("a", "a", "b", "a", "c")
    scene.function.crash_on = {"1-0"}
    scene.poll(4)
    assert scene.function.batches() == [["1-0", "2-0"], ["3-0"], ["5-0"]]
    assert scene.pending() == 3
