"""BatchSize: at most so many records an invocation, and never more than fits into one."""

from collections.abc import Callable

from streams.lanes.selection import PAYLOAD_BYTES_MAX
from tests.integration.streams.kit import Scene


def test_a_batch_has_at_most_batch_size_records(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings", BatchSize."""
    scene = set_scene(BatchSize=4)
    scene.add(*"abcdefghij")
    scene.poll(3)
    assert [len(batch) for batch in scene.function.batches()] == [4, 4, 2]


def test_without_a_batch_size_it_is_one_hundred(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings", BatchSize: default 100."""
    scene = set_scene(BatchSize=None)
    scene.add(*"a" * 101)
    scene.poll(2)
    assert [len(batch) for batch in scene.function.batches()] == [100, 1]


def test_a_record_that_is_alone_goes_alone_and_at_once(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": as soon as records are available."""
    scene = set_scene(BatchSize=100)
    scene.add("a")
    scene.poll()
    assert scene.function.batches() == [["1-0"]]


def test_a_batch_is_cut_at_six_megabytes(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": the payload limit of 6 MB."""
    scene = set_scene(BatchSize=100)
    for _ in range(4):
        scene.add("a", text="x" * (PAYLOAD_BYTES_MAX * 2 // 5))
    scene.poll(2)
    assert scene.function.batches() == [["1-0", "2-0"], ["3-0", "4-0"]]


def test_a_batch_that_reaches_six_megabytes_waits_for_no_more(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": whichever of the three comes first."""
    scene = set_scene(BatchSize=100, MaximumBatchingWindowInMilliseconds=60_000)
    for _ in range(3):
        scene.add("a", text="x" * (PAYLOAD_BYTES_MAX * 2 // 5))
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0"]]


def test_unlike_lambda_a_record_larger_than_six_megabytes_goes_alone(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams". A Kinesis record is never that large; an
    entry of a Redis stream may be, and what cannot be delivered would stop its key: the function is given it."""
    scene = set_scene(BatchSize=100)
    scene.add("a")
    scene.add("b", text="x" * (PAYLOAD_BYTES_MAX + 1))
    scene.add("c")
    scene.poll(3)
    assert scene.function.batches() == [["1-0"], ["2-0"], ["3-0"]]
