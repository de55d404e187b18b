"""MaximumBatchingWindow: a batch that is not full waits for more. Ours is in milliseconds, Lambda's in seconds."""

from collections.abc import Callable

from tests.integration.streams.kit import Scene


def test_a_batch_that_is_not_full_waits_for_more_until_the_window_is_over(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from stream and queue-based event sources", Batching behavior."""
    scene = set_scene(BatchSize=10, MaximumBatchingWindowInMilliseconds=5_000)
    scene.add("a")
    scene.poll()
    scene.clock.advance(3)
    scene.add("b")
    scene.poll()
    assert scene.function.batches() == []
    scene.clock.advance(1.9)
    scene.poll()
    assert scene.function.batches() == []
    scene.clock.advance(0.1)
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0"]]


def test_a_full_batch_goes_at_once(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from stream and queue-based event sources", Batching behavior."""
    scene = set_scene(BatchSize=3, MaximumBatchingWindowInMilliseconds=300_000)
    scene.add(*"abcd")
    scene.poll(3)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"]]


def test_the_window_begins_anew_for_what_a_full_batch_left(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from stream and queue-based event sources", Batching behavior."""
    scene = set_scene(BatchSize=2, MaximumBatchingWindowInMilliseconds=5_000)
    scene.add("a")
    scene.poll()
    scene.clock.advance(4)
    scene.add("b", "c")
    scene.poll(2)
    scene.clock.advance(4)
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0"]]
    scene.clock.advance(1)
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0"], ["3-0"]]


def test_without_a_window_nothing_waits(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": the window's default is 0."""
    scene = set_scene(BatchSize=10)
    scene.add("a")
    scene.poll()
    scene.add("b")
    scene.poll()
    assert scene.function.batches() == [["1-0"], ["2-0"]]


def test_a_retry_waits_for_its_back_off_and_not_for_the_window(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from stream and queue-based event sources": the window gathers what is new."""
    scene = set_scene(BatchSize=1, MaximumBatchingWindowInMilliseconds=300_000)
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll()
    scene.clock.advance(1)
    scene.poll()
    assert scene.function.given == [[("1-0", 1)], [("1-0", 2)]]
