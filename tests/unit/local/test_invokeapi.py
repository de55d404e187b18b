"""The Lambda API's answers, over functions that do what they are told."""

import asyncio
import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import first_header
from local.apigateway.router import WrongMethodError
from local.invokeapi.api import InvokeApi
from local.invokeapi.asynchronous.queue import AsynchronousInvocations
from local.invokeapi.limits import ANSWER_BYTES_MAX, EVENT_BYTES_MAX, EVENT_BYTES_MAX_ASYNCHRONOUS
from local.runtime.contract import Outcome, ThrottledError, UnavailableError, UnknownFunctionError
from tests.unit.local.invokeapi_parts import ScriptedFunctions, failed, request, succeeded, template

ARN = "arn:aws:lambda:us-east-1:000000000000:function"


class Api:
    """An InvokeApi and what its functions were asked."""

    def __init__(self, folder: Path) -> None:
        self.functions = ScriptedFunctions()
        described = template(folder)
        self.queue = AsynchronousInvocations(folder / "asynchronous", described, self.functions, {})
        self.api = InvokeApi(described, self.functions, self.queue)

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, query: str = ""
    ) -> HttpAnswer:
        answer = asyncio.run(self.api.answer(request(method, path, body, headers, query)))
        assert answer is not None
        return answer

    def invoke(self, name: str, body: bytes = b"{}", query: str = "", **headers: str) -> HttpAnswer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", f"/2015-03-31/functions/{name}/invocations", body, named, query)

    def get(self, path: str, query: str = "") -> Any:
        answer = self.send("GET", path, query=query)
        assert answer.status == 200
        return orjson.loads(answer.body)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    made = Api(tmp_path)
    yield made
    asyncio.run(made.queue.close(0))


def refusal(answer: HttpAnswer) -> tuple[int, str, dict[str, str]]:
    return answer.status, header(answer, "x-amzn-errortype"), orjson.loads(answer.body)


def header(answer: HttpAnswer, name: str) -> str:
    return first_header(answer.headers, name.encode())


def test_an_invocation_that_is_waited_for_is_answered_with_what_the_function_returned(api: Api) -> None:
    answer = api.invoke("FirstFunction", b'{"a": 1}')
    assert (answer.status, answer.body) == (200, b"1")
    assert header(answer, "x-amz-executed-version") == "$LATEST"
    assert header(answer, "x-amz-function-error") == header(answer, "x-amz-log-result") == ""
    ((function, invocation),) = api.functions.asked
    assert (function, invocation.payload) == ("FirstFunction", b'{"a": 1}')
    assert invocation.request_id == header(answer, "x-amzn-requestid")


@pytest.mark.parametrize(
    "name",
    [
        "FirstFunction",
        "first-live",
        "first-live:$LATEST",
        f"{ARN}:first-live",
        f"{ARN}:FirstFunction:$LATEST",
        "000000000000:function:first-live",
        "000000000000:first-live",
        "function:first-live",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afirst-live",
    ],
)
def test_a_function_goes_by_every_form_of_its_name(api: Api, name: str) -> None:
    assert api.invoke(name, query="Qualifier=%24LATEST").status == 200
    assert api.functions.asked[0][0] == "FirstFunction"


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("Nobody", "", f"{ARN}:Nobody"),
        ("FirstFunction:prod", "", f"{ARN}:FirstFunction:prod"),
        ("FirstFunction", "Qualifier=3", f"{ARN}:FirstFunction:3"),
        (
            "arn:aws:lambda:eu-west-3:000000000000:function:FirstFunction",
            "",
            "arn:aws:lambda:eu-west-3:000000000000:function:FirstFunction",
        ),
        ("123456789012:function:FirstFunction", "", "arn:aws:lambda:us-east-1:123456789012:function:FirstFunction"),
    ],
)
def test_what_is_not_there_is_told_by_its_arn(api: Api, name: str, query: str, told: str) -> None:
    body = {"Type": "User", "Message": f"Function not found: {told}"}
    assert refusal(api.invoke(name, query=query)) == (404, "ResourceNotFoundException", body)
    assert api.functions.asked == []


@pytest.mark.parametrize(("name", "query"), [("First!", ""), ("F" * 65, ""), ("First:1", "Qualifier=2")])
def test_what_is_no_name_is_refused(api: Api, name: str, query: str) -> None:
    status, kind, _ = refusal(api.invoke(name, query=query))
    assert (status, kind) == (400, "InvalidParameterValueException")


def test_an_empty_body_is_an_empty_event(api: Api) -> None:
    api.invoke("FirstFunction", b"")
    assert api.functions.events == [{}]


@pytest.mark.parametrize("body", [b"{", b"hello", b"NaN", b'{"a": Infinity}', b'"\xff"', b"\xef\xbb\xbf{}"])
def test_a_body_that_is_not_json_is_refused(api: Api, body: bytes) -> None:
    status, kind, told = refusal(api.invoke("FirstFunction", body))
    assert (status, kind) == (400, "InvalidRequestContentException")
    assert told["message"].startswith("Could not parse request body into json: Could not parse payload into json: ")


@pytest.mark.parametrize("body", [b"null", b"7", b'"text"', b"[]", b'"\\ud83d"'])
def test_any_json_is_an_event(api: Api, body: bytes) -> None:
    assert api.invoke("FirstFunction", body).status == 200
    assert api.functions.asked[0][1].payload == body


def test_an_event_beyond_the_limit_is_refused_with_the_limit(api: Api) -> None:
    largest = b'"' + b"x" * (EVENT_BYTES_MAX - 2) + b'"'
    assert api.invoke("FirstFunction", largest).status == 200
    status, kind, told = refusal(api.invoke("FirstFunction", largest + b" "))
    assert (status, kind) == (413, "RequestEntityTooLargeException")
    assert "6291456 bytes" in told["message"]


def test_an_asynchronous_event_may_be_as_large_as_its_own_limit(api: Api) -> None:
    largest = b'"' + b"x" * (EVENT_BYTES_MAX_ASYNCHRONOUS - 2) + b'"'
    assert api.invoke("FirstFunction", largest, X_Amz_Invocation_Type="Event").status == 202
    assert api.invoke("FirstFunction", largest + b" ", X_Amz_Invocation_Type="Event").status == 413


def test_an_answer_beyond_the_limit_is_an_error_of_the_function(api: Api) -> None:
    largest = b'"' + b"x" * (ANSWER_BYTES_MAX - 2) + b'"'
    api.functions.act = lambda nth: Outcome(largest if nth == 1 else largest + b" ")
    assert header(api.invoke("FirstFunction"), "x-amz-function-error") == ""
    answer = api.invoke("FirstFunction")
    assert (answer.status, header(answer, "x-amz-function-error")) == (200, "Unhandled")
    assert orjson.loads(answer.body)["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_error_of_the_function_is_a_success_that_says_so(api: Api) -> None:
    api.functions.act = lambda _: failed("KeyError")
    answer = api.invoke("FirstFunction")
    assert (answer.status, header(answer, "x-amz-function-error")) == (200, "Unhandled")
    assert orjson.loads(answer.body) == {"errorType": "KeyError", "errorMessage": "no", "stackTrace": []}


def test_the_end_of_the_log_comes_with_who_asks_for_it(api: Api) -> None:
    answer = api.invoke("FirstFunction", X_Amz_Log_Type="Tail")
    assert base64.b64decode(header(answer, "x-amz-log-result")) == b"START\nEND\n"


@pytest.mark.parametrize("name", ["X_Amz_Log_Type", "X_Amz_Invocation_Type"])
def test_a_type_that_does_not_exist_is_refused_with_those_that_do(api: Api, name: str) -> None:
    status, kind, told = refusal(api.invoke("FirstFunction", b"{}", "", **{name: "Sometimes"}))
    assert (status, kind) == (400, "InvalidParameterValueException")
    assert "Member must satisfy enum value set: [" in told["message"]


def test_a_client_context_reaches_who_is_waited_for(api: Api) -> None:
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    assert api.invoke("FirstFunction", X_Amz_Client_Context=context).status == 200
    assert api.functions.asked[0][1].client_context == b'{"custom": {"a": 1}}'


@pytest.mark.parametrize(
    "context", ["{}", base64.b64encode(b"[]").decode(), base64.b64encode(b"{").decode(), "e" * 3584]
)
def test_a_client_context_that_is_no_object_in_base64_is_refused(api: Api, context: str) -> None:
    status, kind, _ = refusal(api.invoke("FirstFunction", X_Amz_Client_Context=context))
    assert (status, kind) == (400, "InvalidRequestContentException")


def test_a_dry_run_checks_the_function_and_invokes_nothing(api: Api) -> None:
    assert api.invoke("FirstFunction", X_Amz_Invocation_Type="DryRun").status == 204
    assert api.invoke("Nobody", X_Amz_Invocation_Type="DryRun").status == 404
    assert api.functions.asked == []


def test_an_asynchronous_event_is_acknowledged_once_it_is_kept(api: Api) -> None:
    answer = api.invoke("FirstFunction", b'{"a": 1}', X_Amz_Invocation_Type="Event")
    assert (answer.status, answer.body) == (202, b"")
    assert asyncio.run(api.queue.count()) == 1
    assert api.functions.asked == []


def test_a_queue_that_cannot_be_written_acknowledges_nothing(api: Api) -> None:
    asyncio.run(api.queue.close(0))
    status, kind, told = refusal(api.invoke("FirstFunction", X_Amz_Invocation_Type="Event"))
    assert (status, kind, told["Type"]) == (500, "ServiceException", "Service")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ThrottledError("busy"), 429, "TooManyRequestsException"),
        (UnavailableError("stopping"), 500, "ServiceException"),
        (UnknownFunctionError("gone"), 404, "ResourceNotFoundException"),
    ],
)
def test_a_function_that_was_not_invoked_is_told_as_lambda_tells_it(
    api: Api, error: Exception, status: int, kind: str
) -> None:
    api.functions.act = lambda _: error
    assert refusal(api.invoke("FirstFunction"))[:2] == (status, kind)


def test_a_throttled_client_is_told_why_and_when_to_come_back(api: Api) -> None:
    api.functions.act = lambda _: ThrottledError("busy")
    answer = api.invoke("FirstFunction")
    assert header(answer, "retry-after") == "1"
    assert orjson.loads(answer.body)["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
def test_the_page_of_another_site_may_not_invoke(api: Api, origin: str) -> None:
    assert refusal(api.invoke("FirstFunction", Origin=origin, Host="localhost:8100"))[:2] == (
        403,
        "AccessDeniedException",
    )
    assert api.functions.asked == []
    assert api.invoke("FirstFunction", Origin="http://localhost:8100", Host="localhost:8100").status == 200


def test_streamed_answers_are_refused_by_name(api: Api) -> None:
    answer = api.send("POST", "/2021-11-15/functions/FirstFunction/response-streaming-invocations", b"{}")
    status, kind, told = refusal(answer)
    assert (status, kind) == (501, "UnsupportedOperationException")
    assert "InvokeWithResponseStream" in told["message"]


def test_what_is_none_of_theapi_is_left_to_others(api: Api) -> None:
    assert asyncio.run(api.api.answer(request("GET", "/health"))) is None
    with pytest.raises(WrongMethodError):
        asyncio.run(api.api.answer(request("DELETE", "/2015-03-31/functions/FirstFunction")))


def test_functions_are_listed_in_the_templates_order_page_by_page(api: Api) -> None:
    first = api.get("/2015-03-31/functions/", "MaxItems=2")
    assert [one["FunctionName"] for one in first["Functions"]] == ["first-live", "SecondFunction"]
    last = api.get("/2015-03-31/functions", f"MaxItems=2&Marker={first['NextMarker']}")
    assert [one["FunctionName"] for one in last["Functions"]] == ["Subscriber"]
    assert last["NextMarker"] is None


@pytest.mark.parametrize("query", ["MaxItems=0", "MaxItems=10001", "MaxItems=x", "Marker=9", "Marker=-1"])
def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    assert refusal(api.send("GET", "/2015-03-31/functions", query=query))[:2] == (400, "InvalidParameterValueException")


def test_a_function_is_described_from_the_template(api: Api) -> None:
    told = api.get("/2015-03-31/functions/FirstFunction")
    assert (
        told["Configuration"].items()
        >= {
            "FunctionName": "first-live",
            "FunctionArn": f"{ARN}:first-live",
            "Runtime": "python3.13",
            "Handler": "first.app.handler",
            "Timeout": 7,
            "MemorySize": 256,
            "Version": "$LATEST",
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }.items()
    )
    assert told["Code"]["Location"].startswith("file:///")
    assert told["Configuration"] == api.get("/2015-03-31/functions/FirstFunction/configuration")


def test_the_variables_of_a_function_with_their_passwords_are_told_to_nobody(api: Api) -> None:
    told = api.get("/2015-03-31/functions/FirstFunction")["Configuration"]["Environment"]
    assert told["Error"]["ErrorCode"] == "AccessDeniedException"
    assert b"s3cret" not in api.send("GET", "/2015-03-31/functions").body


def test_reserved_concurrency_is_told_where_there_is_one(api: Api) -> None:
    assert api.get("/2015-03-31/functions/SecondFunction")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert "Concurrency" not in api.get("/2015-03-31/functions/FirstFunction")
    assert api.get("/2019-09-30/functions/FirstFunction/concurrency") == {}


def test_what_becomes_of_asynchronous_events_is_told(api: Api) -> None:
    told = api.get("/2019-09-25/functions/FirstFunction/event-invoke-config")
    assert told["MaximumRetryAttempts"] == 2
    assert told["MaximumEventAgeInSeconds"] == 21_600


def test_a_streams_mapping_is_told_with_lambdas_own_properties(api: Api) -> None:
    (told,) = api.get("/2015-03-31/event-source-mappings")["EventSourceMappings"]
    assert told.items() >= {"FunctionArn": f"{ARN}:Subscriber", "BatchSize": 50, "Topics": ["events:all"]}.items()
    assert "TransientErrorTypes" not in told
    assert api.get(f"/2015-03-31/event-source-mappings/{told['UUID']}") == told
    assert api.get("/2015-03-31/event-source-mappings/", "FunctionName=first-live")["EventSourceMappings"] == []
    assert api.send("GET", "/2015-03-31/event-source-mappings/nobody").status == 404


def test_an_answer_is_json_with_its_requests_id(api: Api) -> None:
    api.functions.act = lambda _: succeeded({"é": 1})
    answer = api.invoke("FirstFunction")
    assert header(answer, "content-type") == "application/json"
    assert header(answer, "x-amzn-requestid") != header(api.invoke("FirstFunction"), "x-amzn-requestid")
