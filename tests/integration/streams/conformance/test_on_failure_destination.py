"""DestinationConfig.OnFailure: somebody is told of what was given up. Queues and topics themselves are tested apart."""

from collections.abc import Callable

import pytest

from streams.errors import FunctionError
from tests.integration.streams.kit import Scene


def test_what_is_given_up_is_told_with_where_it_is_found(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", the example record."""
    scene = set_scene(MaximumRetryAttempts=1, FunctionResponseTypes=[])
    scene.add("a", "b", timestamp="2023-11-14T22:00:00.000Z")
    scene.function.crash = FunctionError("ValueError", "poisoned")
    scene.poll(3, advance_s=60)
    assert len(scene.destination.notices) == 1
    notice = scene.destination.notices[0]
    context = notice["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetryAttemptsExhausted", 2)
    assert notice["responsePayload"] == {"errorType": "ValueError", "errorMessage": "poisoned"}
    assert notice["StreamBatchInfo"] == {
        "streamName": scene.mapping.stream,
        "group": scene.mapping.group,
        "startEntryId": "1-0",
        "endEntryId": "2-0",
        "approximateArrivalOfFirstRecord": "2023-11-14T22:00:00.000Z",
        "approximateArrivalOfLastRecord": "2023-11-14T22:00:00.000Z",
        "batchSize": 2,
    }


def test_a_record_that_was_too_old_is_told_as_such(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda", the condition."""
    scene = set_scene(MaximumRecordAgeInSeconds=60)
    scene.add("a", timestamp="2020-01-01T00:00:00.000Z")
    scene.poll()
    assert [notice["requestContext"]["condition"] for notice in scene.destination.notices] == ["RecordAgeExceeded"]
    assert "responsePayload" not in scene.destination.notices[0]


def test_unlike_lambda_what_only_waits_behind_it_is_not_told(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda". That later records of
    the key are set aside too is ours, and one failure is one notice."""
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "a", "a")
    scene.function.failing = {"1-0"}
    scene.poll(2)
    scene.add("a")
    scene.poll()
    assert scene.parked.count() == 4
    assert [notice["StreamBatchInfo"]["batchSize"] for notice in scene.destination.notices] == [1]


def test_a_destination_that_takes_nothing_loses_nothing(
    set_scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"."""
    scene = set_scene(MaximumRetryAttempts=0)
    scene.add("a", "b")
    scene.function.failing = {"1-0"}
    scene.destination.away = True
    scene.poll(2)
    assert scene.parked_ids() == ["1-0"]
    assert scene.pending() == 0
    assert "the destination was not told; the entries are parked" in caplog.messages


def test_what_succeeds_in_the_end_is_not_told(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"."""
    scene = set_scene()
    scene.add("a")
    scene.function.failing = {"1-0"}
    scene.poll(3, advance_s=60)
    scene.function.failing = set()
    scene.poll(2, advance_s=60)
    assert (scene.destination.notices, scene.pending()) == ([], 0)
