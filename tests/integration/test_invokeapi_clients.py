"""awscli and boto3, as they are, against the Lambda API over functions in real execution environments."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from tests.integration.invokeapi_server import serving

REGION = "us-east-1"
ARN = f"arn:aws:lambda:{REGION}:000000000000:function"
WAIT_S_MAX = 30.0
QUEUE = f"failed-{uuid4().hex}"
WRITTEN = {
    "Notes": {
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {
            "OnFailure": {"Type": "SQS", "Destination": f"arn:aws:sqs:{REGION}:000000000000:{QUEUE}"},
            "OnSuccess": {"Type": "Lambda", "Destination": f"{ARN}:Fails"},
        },
    }
}


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path
    moto_url: str

    @property
    def client(self) -> Any:
        return boto3.client("lambda", endpoint_url=self.url, config=Config(retries={"total_max_attempts": 1}))

    def notes(self) -> list[str]:
        file = self.folder / "notes"
        return file.read_text().split() if file.exists() else []

    def dead_letters(self) -> list[Any]:
        return [json.loads(file.read_text()) for file in self.folder.glob("asynchronous/failed/*.json")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("invokeapi")
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "000000000000")  # moto reads the account from it
        patch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.delenv("AWS_PROFILE", raising=False)
        with serving(folder, WRITTEN) as url:
            yield Server(url, folder, f"http://{host}:{port}")
    moto.stop()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S_MAX
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def aws(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "awscli", "lambda", *arguments, "--endpoint-url", server.url]
    # One attempt: otherwise it repeats what is throttled or fails, for half a minute.
    variables = {**os.environ, "AWS_MAX_ATTEMPTS": "1", "AWS_RETRY_MODE": "standard"}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_awscli_invokes_and_shows_the_log(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = aws(server, "invoke", "--function-name", "Echo", "--payload", '{"a": "é"}', "--log-type", "Tail", str(out))
    told = json.loads(done.stdout)
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    answer = json.loads(out.read_text())
    assert answer["event"] == {"a": "é"}
    log = base64.b64decode(told["LogResult"]).decode()
    assert log.startswith(f"START RequestId: {answer['request_id']} Version: $LATEST\nsaid by the function\n")
    assert f"REPORT RequestId: {answer['request_id']}\tDuration: " in log


def test_awscli_tells_that_a_function_raised(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    told = json.loads(aws(server, "invoke", "--function-name", "Fails", str(out)).stdout)
    assert (told["StatusCode"], told["FunctionError"]) == (200, "Unhandled")
    error = json.loads(out.read_text())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "an accented é")


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["--function-name", "Nobody"], "ResourceNotFoundException", f"Function not found: {ARN}:Nobody"),
        (
            ["--function-name", "Echo", "--qualifier", "x"],
            "ResourceNotFoundException",
            f"Function not found: {ARN}:Echo:x",
        ),
        (
            ["--function-name", "Echo", "--payload", "{"],
            "InvalidRequestContentException",
            "Could not parse request body",
        ),
        (["--function-name", "Never"], "TooManyRequestsException", "Rate Exceeded."),
    ],
)
def test_awscli_tells_what_is_refused(
    server: Server, tmp_path: Path, arguments: list[str], kind: str, message: str
) -> None:
    done = aws(server, "invoke", *arguments, str(tmp_path / "out.json"))
    assert done.returncode != 0
    assert f"An error occurred ({kind}) when calling the Invoke operation" in done.stderr
    assert f": {message}" in done.stderr


def test_awscli_lists_and_describes(server: Server) -> None:
    listed = json.loads(aws(server, "list-functions").stdout)["Functions"]
    assert [one["FunctionName"] for one in listed] == ["echo-live", "Fails", "Sleeps", "Missing", "Never", "Notes"]
    described = json.loads(aws(server, "get-function", "--function-name", f"{ARN}:echo-live").stdout)
    assert described["Configuration"]["Description"] == "Says it again"
    assert described["Code"]["Location"].startswith("file://")


def test_awscli_lists_page_by_page(server: Server) -> None:
    listed = json.loads(aws(server, "list-functions", "--page-size", "2", "--max-items", "5").stdout)
    assert len(listed["Functions"]) == 5


def test_awscli_hands_over_an_event_and_tries_a_dry_run(server: Server, tmp_path: Path) -> None:
    out = str(tmp_path / "out.json")
    payload = '{"note": "from-awscli"}'
    arguments = ["invoke", "--function-name", "Notes", "--payload", payload]
    assert json.loads(aws(server, *arguments, "--invocation-type", "DryRun", out).stdout)["StatusCode"] == 204
    assert json.loads(aws(server, *arguments, "--invocation-type", "Event", out).stdout)["StatusCode"] == 202
    until(lambda: "from-awscli" in server.notes())
    assert server.notes().count("from-awscli") == 1


def test_boto3_invokes_by_arn_with_a_client_context(server: Server) -> None:
    context = base64.b64encode(b'{"custom": {"tenant": "t1"}}').decode()
    answer = server.client.invoke(
        FunctionName=f"{ARN}:echo-live:$LATEST", Payload=b"[1]", ClientContext=context, LogType="Tail"
    )
    told = json.loads(answer["Payload"].read())
    assert (told["event"], told["custom"]) == ([1], {"tenant": "t1"})
    assert told["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert "FunctionError" not in answer


def test_boto3_without_a_payload_sends_an_empty_event(server: Server) -> None:
    assert json.loads(server.client.invoke(FunctionName="Echo")["Payload"].read())["event"] == {}


@pytest.mark.parametrize(
    ("function", "error_type"), [("Sleeps", "Sandbox.Timedout"), ("Missing", "Runtime.HandlerNotFound")]
)
def test_boto3_is_told_how_a_function_ended(server: Server, function: str, error_type: str) -> None:
    answer = server.client.invoke(FunctionName=function)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == error_type


def test_boto3_has_the_exceptions_that_it_has_for_lambda(server: Server) -> None:
    client = server.client
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="Nobody")
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="Echo", Payload=b"{")
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.invoke(FunctionName="Echo", InvocationType="Sometimes")
    with pytest.raises(client.exceptions.TooManyRequestsException) as throttled:
        client.invoke(FunctionName="Never")
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    with pytest.raises(ClientError, match="RequestEntityTooLargeException"):
        client.invoke(FunctionName="Echo", InvocationType="Event", Payload=b'"' + b"x" * 1024 * 1024 + b'"')
    with pytest.raises(ClientError, match="InvokeWithResponseStream"):
        client.invoke_with_response_stream(FunctionName="Echo")


def test_boto3_waits_for_a_function_and_reads_all_of_its_configuration(server: Server) -> None:
    client = server.client
    for waiter in ("function_active_v2", "function_updated_v2", "function_exists", "function_active"):
        client.get_waiter(waiter).wait(FunctionName="Echo")
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 4})
    assert sum(len(page["Functions"]) for page in pages) == 6
    assert client.get_function_concurrency(FunctionName="Never")["ReservedConcurrentExecutions"] == 0
    assert client.get_function_event_invoke_config(FunctionName="Notes")["MaximumRetryAttempts"] == 1
    assert client.list_event_source_mappings()["EventSourceMappings"] == []


def test_an_event_that_fails_is_tried_again_and_told_to_its_queue(server: Server) -> None:
    sqs = boto3.client("sqs", endpoint_url=server.moto_url)
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    payload = b'{"note": "failing", "fails": true}'
    server.client.invoke(FunctionName="Notes", InvocationType="Event", Payload=payload)
    told: list[Any] = []

    def is_told() -> bool:
        told.extend(sqs.receive_message(QueueUrl=url).get("Messages", []))
        return bool(told)

    until(is_told)
    record = json.loads(told[0]["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"] == {"note": "failing", "fails": True}
    assert server.notes().count("failing") == 2


def test_an_event_that_succeeds_is_told_to_the_function_that_follows(server: Server) -> None:
    server.client.invoke(FunctionName="Notes", InvocationType="Event", Payload=b'{"note": "followed"}')

    def ended() -> list[Any]:
        records = [record["requestPayload"] for record in server.dead_letters()]
        return [record for record in records if record["requestPayload"]["note"] == "followed"]

    until(lambda: bool(ended()))  # the function that follows fails, and leaves a dead letter
    assert ended()[0]["requestContext"]["condition"] == "Success"
    assert ended()[0]["responsePayload"] == "noted"
