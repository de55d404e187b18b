"""FunctionResponseTypes: [ReportBatchItemFailures]: the function tells up to where it came."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.streams.kit import Scene


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_or_null_answer_is_complete_success(scene: Scene, answer: Any) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda", Success and failure
    conditions."""
    scene.add("a", "b")
    scene.function.answering = lambda batch: answer
    scene.poll()
    assert (scene.poll(advance_s=60).attempted, scene.pending()) == (0, 0)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"itemIdentifier": ""}, id="an empty string"),
        pytest.param({"itemIdentifier": None}, id="null"),
        pytest.param({"itemId": "2-0"}, id="a bad key name"),
        pytest.param({"itemIdentifier": "99-0"}, id="a record that was not in the batch"),
        pytest.param({"itemIdentifier": 2}, id="a number"),
        pytest.param("2-0", id="no object"),
    ],
)
def test_an_identifier_that_names_no_record_is_complete_failure(scene: Scene, item: Any) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda", Success and failure
    conditions."""
    scene.add("a", "b", "c")
    scene.function.answering = lambda batch: {"batchItemFailures": [item, {"itemIdentifier": "2-0"}]}
    assert (scene.poll().done, scene.pending()) == (0, 3)
    scene.function.answering = None
    scene.clock.advance(60)
    scene.poll()
    assert scene.function.batches() == [["1-0", "2-0", "3-0"]] * 2


@pytest.mark.parametrize("answer", ["done", 7, [{"itemIdentifier": "1-0"}], {"batchItemFailures": "1-0"}])
def test_an_answer_that_cannot_be_read_is_complete_failure(scene: Scene, answer: Any) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda", Report syntax."""
    scene.add("a", "b")
    scene.function.answering = lambda batch: answer
    assert (scene.poll().done, scene.pending()) == (0, 2)


def test_the_lowest_identifier_is_the_checkpoint(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": the lowest sequence number."""
    scene = set_scene(BatchSize=5)
    scene.add(*"aaaaa")
    scene.function.failing = {"4-0", "2-0"}
    scene.function.answering = lambda batch: {"batchItemFailures": [{"itemIdentifier": i} for i in ("4-0", "2-0")]}
    assert (scene.poll().done, scene.pending()) == (1, 4)


def test_what_lies_after_the_checkpoint_is_redelivered_though_it_was_done(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": "Lambda then retries all records
    starting from that checkpoint"."""
    scene = set_scene(BatchSize=4)
    scene.add(*"aaaa")
    scene.function.failing = {"2-0"}
    scene.poll()
    scene.function.failing = set()
    scene.poll(3, advance_s=60)
    assert scene.function.ids() == ["1-0", "2-0", "3-0", "4-0", "2-0", "3-0", "4-0"]
    assert [count for batch in scene.function.given[1:] for _, count in batch] == [2, 2, 2]


def test_unlike_lambda_the_reported_record_alone_uses_a_retry(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": there all records from the
    checkpoint on are retried together and given up together. Here those after it are not held to account for it."""
    scene = set_scene(BatchSize=4, MaximumRetryAttempts=1)
    scene.add(*"abcd")
    scene.function.failing = {"2-0"}
    scene.poll(5, advance_s=60)
    assert scene.function.batches() == [["1-0", "2-0", "3-0", "4-0"], ["3-0", "4-0"], ["2-0"]]
    assert scene.parked_ids() == ["2-0"]
    assert scene.pending() == 0


def test_unlike_lambda_an_item_may_tell_its_error(scene: Scene) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda" knows the identifier alone. Ours
    takes Lambda's own error object beside it, so that who looks at a parked event sees why."""
    scene.add("a")
    error = {"errorType": "KeyError", "errorMessage": "'customer'", "stackTrace": ["File app.py\n", "line 7"]}
    scene.function.answering = lambda batch: {"batchItemFailures": [{"itemIdentifier": "1-0", "error": error}]}
    scene.poll(12, advance_s=60)
    event = scene.parked.get("1-0")
    assert (event.error_type, event.error, event.trace) == ("KeyError", "'customer'", "File app.py\nline 7")


def test_without_the_response_type_what_is_answered_is_not_read(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Configuring partial batch response with Kinesis Data Streams and Lambda": "these responses will not be
    processed by Lambda unless ReportBatchItemFailures is explicitly turned on"."""
    scene = set_scene(FunctionResponseTypes=[])
    scene.add("a", "b")
    scene.function.failing = {"1-0"}
    assert (scene.poll().done, scene.pending()) == (2, 0)
