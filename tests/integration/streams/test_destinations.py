"""What is told to a queue or a topic when entries are given up, against moto's server.

Follows "Retain discarded batch records for a Kinesis Data Streams event source" in the Lambda developer guide.
"""

import json
import socket
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from streams.entry import Entry
from streams.errors import MappingError
from streams.notices.destinations import (
    Destination,
    DestinationError,
    SnsDestination,
    SqsDestination,
    destination_for,
)
from streams.notices.failure_notice import failure_notice

REGION = "eu-west-3"
ACCOUNT = "123456789012"
NOTICE = {"requestContext": {"condition": "RetryAttemptsExhausted"}, "raison": "adresse refusée"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _settings(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's usual variables, and none of the machine's own accounts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the ARN's region has to win
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def to(service: str, name: str) -> Destination:
    destination = destination_for(arn(service, name))
    assert destination is not None
    return destination


class Queue:
    """A queue of one test."""

    def __init__(self) -> None:
        self.name = f"failed-{uuid4().hex}"
        self._sqs = boto3.client("sqs", region_name=REGION)
        self._url = self._sqs.create_queue(QueueName=self.name)["QueueUrl"]

    def bodies(self) -> list[Any]:
        messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    def delete(self) -> None:
        self._sqs.delete_queue(QueueUrl=self._url)


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_a_notice_reaches_the_queue_that_the_arn_names(queue: Queue) -> None:
    destination = to("sqs", queue.name)
    assert isinstance(destination, SqsDestination)
    destination.send(NOTICE)
    destination.send({"again": True})
    assert sorted(queue.bodies(), key=len) == [{"again": True}, NOTICE]


def test_a_notice_reaches_the_subscribers_of_the_topic_that_the_arn_names(queue: Queue) -> None:
    sns = boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name=f"failed-{uuid4().hex}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn("sqs", queue.name))
    destination = destination_for(topic)
    assert isinstance(destination, SnsDestination)
    destination.send(NOTICE)
    [body] = queue.bodies()
    assert body["TopicArn"] == topic
    assert json.loads(body["Message"]) == NOTICE


@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_a_queue_or_topic_that_is_not_there_is_told_with_its_cause(service: str) -> None:
    destination = to(service, "nowhere")
    with pytest.raises(DestinationError, match=r"the (queue|topic) nowhere did not accept the notice: ") as caught:
        destination.send(NOTICE)
    assert type(caught.value.__cause__).__module__ == "botocore.errorfactory"


def test_a_queue_that_is_made_later_is_found_then() -> None:
    queue = Queue()
    queue.delete()
    destination = to("sqs", queue.name)
    with pytest.raises(DestinationError):
        destination.send(NOTICE)
    boto3.client("sqs", region_name=REGION).create_queue(QueueName=queue.name)
    destination.send(NOTICE)


def test_an_endpoint_that_does_not_answer_is_a_refused_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(DestinationError, match="the topic failed did not accept the notice"):
            to("sns", "failed").send(NOTICE)


def test_a_notice_that_cannot_be_signed_is_a_refused_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(DestinationError, match="Unable to locate credentials"):
        to("sqs", "failed").send(NOTICE)


def test_without_an_arn_there_is_no_destination_and_no_boto3() -> None:
    assert destination_for(None) is None


def test_without_boto3_an_arn_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    with pytest.raises(MappingError, match=r"a destination \(sqs\) needs boto3, which is not installed"):
        destination_for(arn("sqs", "failed"))


@pytest.mark.parametrize("wrong", ["arn:aws:s3:::bucket", arn("sqs", "failed.fifo"), "failed"])
def test_an_arn_of_anything_else_is_refused(wrong: str) -> None:
    with pytest.raises(
        MappingError, match=r"DestinationConfig.OnFailure.Destination must be an SQS queue or SNS topic"
    ):
        destination_for(wrong)


def entry(position: int, **event: Any) -> Entry:
    return Entry(f"{position}-0", (position, 0), "claim_1", event, 1)


def notice(*entries: Entry, **change: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "function": "AuditSubscriber",
        "condition": "RetryAttemptsExhausted",
        "attempts": 3,
        "stream": "events:all",
        "group": "audit-service",
        "entries": entries,
        "error": "no such claim",
        "error_type": "KeyError",
        "now_ms": 1_736_245_805_021,
    }
    return failure_notice(**(arguments | change))


FIRST = entry(17, timestamp="2025-01-07T10:30:00Z")
LAST = entry(19, timestamp="2025-01-07T10:30:01.500Z")


def test_a_notice_has_the_shape_of_lambdas_invocation_record_for_streams() -> None:
    told = notice(FIRST, LAST)
    request_id = told["requestContext"].pop("requestId")
    assert len(request_id) == 36
    assert told == {
        "requestContext": {
            "functionName": "AuditSubscriber",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "KeyError", "errorMessage": "no such claim"},
        "version": "1.0",
        "timestamp": "2025-01-07T10:30:05.021Z",
        "StreamBatchInfo": {
            "streamName": "events:all",
            "group": "audit-service",
            "startEntryId": "17-0",
            "endEntryId": "19-0",
            "approximateArrivalOfFirstRecord": "2025-01-07T10:30:00.000Z",
            "approximateArrivalOfLastRecord": "2025-01-07T10:30:01.500Z",
            "batchSize": 2,
        },
    }


def test_a_notice_names_a_function_that_is_given_by_its_arn_as_lambda_does() -> None:
    function = "arn:aws:lambda:eu-west-3:123456789012:function:audit"
    context = notice(FIRST, function=function)["requestContext"]
    assert context["functionArn"] == function
    assert "functionName" not in context


def test_the_same_failure_told_twice_has_one_request_id_and_another_failure_another() -> None:
    def request_id(*entries: Entry, **change: Any) -> str:
        return str(notice(*entries, **change)["requestContext"]["requestId"])

    assert request_id(FIRST, LAST) == request_id(FIRST, LAST, now_ms=1_736_245_999_999)
    others = [request_id(FIRST), request_id(FIRST, LAST, group="other"), request_id(FIRST, LAST, attempts=4)]
    assert len({request_id(FIRST, LAST), *others}) == 4


def test_entries_too_old_to_be_tried_at_all_have_no_response_to_tell_of() -> None:
    told = notice(FIRST, condition="RecordAgeExceeded", attempts=0)
    assert told["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in told
    assert "responsePayload" not in told


@pytest.mark.parametrize("unknown", [entry(17), entry(10**30)], ids=["no time", "an id that is no time"])
def test_an_entry_whose_time_nobody_knows_arrives_at_null(unknown: Entry) -> None:
    info = notice(unknown)["StreamBatchInfo"]
    assert info["approximateArrivalOfFirstRecord"] is None
    assert info["approximateArrivalOfLastRecord"] is None


def test_a_very_long_error_still_fits_into_a_message(queue: Queue) -> None:
    to("sqs", queue.name).send(notice(FIRST, error="é" * 10_000_000))
    [body] = queue.bodies()
    assert body["responsePayload"]["errorMessage"] == "é" * 10_000
