"""boto3's own client, against a server that answers as the Lambda Invoke API does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.environment.remote import LambdaInvoker, lambda_client
from streams.errors import FunctionError, ThrottledError

ARN = "arn:aws:lambda:us-east-1:000000000000:function:Audit"


@dataclass
class Lambda:
    """What it answers next, and what it was asked."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"null"
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    told = Lambda()
    with _served(told) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        yield told


def invoker() -> LambdaInvoker:
    return LambdaInvoker(lambda_client(timeout_s=5, threads=2), ARN)


def test_the_batch_is_what_the_function_gets_and_its_answer_what_comes_back(answers: Lambda) -> None:
    answers.body = b'{"batchItemFailures":[{"itemIdentifier":"17-0"}]}'
    assert invoker().invoke({"Records": ["é"]}) == {"batchItemFailures": [{"itemIdentifier": "17-0"}]}
    path, headers, body = answers.asked[0]
    assert path == f"/2015-03-31/functions/{ARN.replace(':', '%3A')}/invocations"
    assert headers["x-amz-invocation-type"] == "RequestResponse"
    assert body.decode() == '{"Records":["é"]}'


@pytest.mark.parametrize("body", [b"", b"null"])
def test_no_answer_is_none(answers: Lambda, body: bytes) -> None:
    answers.body = body
    assert invoker().invoke({}) is None


def test_what_the_function_raised_is_told_with_its_trace(answers: Lambda) -> None:
    answers.headers = {"X-Amz-Function-Error": "Unhandled"}
    answers.body = json.dumps({"errorType": "ForkError", "errorMessage": "no", "stackTrace": ["a\n", "b\n"]}).encode()
    with pytest.raises(FunctionError) as raised:
        invoker().invoke({})
    assert (raised.value.error_type, raised.value.message, raised.value.trace) == ("ForkError", "no", "a\nb\n")


def test_a_function_that_was_ended_may_tell_less(answers: Lambda) -> None:
    answers.headers = {"X-Amz-Function-Error": "Unhandled"}
    answers.body = b'{"errorMessage":"Task timed out after 3.00 seconds"}'
    with pytest.raises(FunctionError) as raised:
        invoker().invoke({})
    assert (raised.value.error_type, raised.value.message) == ("Unhandled", "Task timed out after 3.00 seconds")


def test_an_answer_that_is_not_json_is_the_functions_failure(answers: Lambda) -> None:
    answers.body = b"<html>"
    with pytest.raises(FunctionError, match=r"Runtime\.InvalidResponse"):
        invoker().invoke({})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "TooManyRequestsException"),
        (404, "ResourceNotFoundException"),
        (403, "AccessDeniedException"),
        (500, "ServiceException"),
        (502, "ENILimitReachedException"),
    ],
)
def test_what_is_not_the_batchs_fault_uses_no_retry_and_is_asked_once(answers: Lambda, status: int, kind: str) -> None:
    refuse(answers, status, kind)
    with pytest.raises(ThrottledError, match=kind):
        invoker().invoke({})
    assert len(answers.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(413, "RequestTooLargeException"), (400, "InvalidRequestContentException")]
)
def test_a_batch_that_cannot_be_given_has_failed_so_that_it_is_split(answers: Lambda, status: int, kind: str) -> None:
    refuse(answers, status, kind)
    with pytest.raises(FunctionError) as raised:
        invoker().invoke({})
    assert raised.value.error_type == kind


def test_a_lambda_that_is_away_uses_no_retry(answers: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ThrottledError, match="no answer"):
        invoker().invoke({})
    assert answers.asked == []


def refuse(answers: Lambda, status: int, kind: str) -> None:
    answers.status = status
    answers.headers = {"X-Amzn-ErrorType": kind}
    answers.body = json.dumps({"Type": "User", "Message": "refused"}).encode()


@contextmanager
def _served(told: Lambda) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.status)
            for name, value in (told.headers | {"Content-Length": str(len(told.body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
