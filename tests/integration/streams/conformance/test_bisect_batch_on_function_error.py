"""BisectBatchOnFunctionError: a failed batch is split in two until the bad record stands alone."""

from collections.abc import Callable

from tests.integration.streams.kit import Scene

EIGHT = [f"{number}-0" for number in range(1, 9)]


def test_the_poisoned_record_is_found_and_all_others_are_done(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda": isolating bad
    records."""
    scene = set_scene(BisectBatchOnFunctionError=True, FunctionResponseTypes=[], BatchSize=8, MaximumRetryAttempts=2)
    scene.add(*"abcdefgh")
    scene.function.crash_on = {"5-0"}
    scene.poll(12, advance_s=60)
    assert scene.function.batches() == [
        EIGHT,
        EIGHT[:4],
        EIGHT[4:],
        ["5-0", "6-0"],
        ["5-0"],
        ["6-0"],
        ["7-0", "8-0"],
        ["5-0"],
        ["5-0"],
    ]
    assert scene.parked_ids() == ["5-0"]
    assert scene.pending() == 0


def test_splitting_uses_no_retry(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda": "Splitting batches
    doesn't consume the retry quota"."""
    scene = set_scene(BisectBatchOnFunctionError=True, FunctionResponseTypes=[], BatchSize=8, MaximumRetryAttempts=0)
    scene.add(*"abcdefgh")
    scene.function.crash_on = {"2-0", "7-0"}
    scene.poll(20)
    assert scene.parked_ids() == ["2-0", "7-0"]
    assert scene.pending() == 0


def test_order_within_a_key_is_kept_behind_the_half_that_fails(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": in order at the partition-key level."""
    scene = set_scene(BisectBatchOnFunctionError=True, FunctionResponseTypes=[], BatchSize=4)
    scene.add(*"abaabb")
    scene.function.crash_on = {"3-0"}
    scene.poll(10)
    assert scene.function.batches() == [
        ["1-0", "2-0", "3-0", "4-0"],
        ["1-0", "2-0"],
        ["3-0", "4-0"],
        ["3-0"],
        ["5-0", "6-0"],
    ]
    scene.function.crash_on = set()
    scene.poll(3, advance_s=60)
    assert scene.function.ids()[-2:] == ["3-0", "4-0"]
    assert scene.pending() == 0


def test_with_partial_responses_a_batch_is_split_at_the_record_that_was_reported(
    set_scene: Callable[..., Scene],
) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": with both turned on, the batch is
    bisected at the returned sequence number, and only what is left is retried."""
    scene = set_scene(BisectBatchOnFunctionError=True, BatchSize=8)
    scene.add(*"abcdefgh")
    scene.function.failing = {"3-0"}
    scene.poll(2)
    assert scene.function.batches() == [EIGHT, EIGHT[3:]]
    scene.clock.advance(60)
    scene.poll()
    assert scene.function.batches()[2:] == [["3-0"]]


def test_with_partial_responses_a_batch_that_raises_is_halved(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": "If your invocation fails and
    BisectBatchOnFunctionError is turned on, the batch is bisected regardless of your ReportBatchItemFailures"."""
    scene = set_scene(BisectBatchOnFunctionError=True, BatchSize=4)
    scene.add(*"abcd")
    scene.function.crash_on = {"1-0"}
    scene.poll(6)
    assert scene.function.batches() == [
        ["1-0", "2-0", "3-0", "4-0"],
        ["1-0", "2-0"],
        ["1-0"],
        ["2-0"],
        ["3-0", "4-0"],
    ]


def test_without_it_the_whole_batch_is_retried_and_given_up_together(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": the default is false."""
    scene = set_scene(FunctionResponseTypes=[], MaximumRetryAttempts=1)
    scene.add(*"abc")
    scene.function.crash_on = {"2-0"}
    scene.poll(5, advance_s=60)
    assert scene.function.batches() == [["1-0", "2-0", "3-0"]] * 2
    assert scene.parked_ids() == ["1-0", "2-0", "3-0"]
