"""Made-up events beside those that the real sources make, and what `generate-event` says of what it cannot make."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from envelope import EVENT_TYPES, Envelope, from_json, read_payload, to_json
from local.apigateway.application import ApiGateway
from local.apigateway.requests import HttpRequest
from local.cli.main import run
from local.eventgen.errors import EventError
from local.eventgen.http import authorizer_function_event, http_api_event, rest_event
from local.eventgen.requests import make_request
from local.eventgen.schedules import schedule_event
from local.eventgen.streams import stream_event
from local.template import Template, load_template
from streams.entry import to_entry
from streams.invoking.invocation import PlainInvocation
from streams.mapping import EventSourceMapping

BEGAN = datetime(2025, 7, 8, 14, 30, tzinfo=UTC)
VOLATILE = {"requestId", "extendedRequestId", "requestTime", "requestTimeEpoch", "time", "timeEpoch"}
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.13, CodeUri: . } }
Resources:
  Rest: { Type: AWS::Serverless::Api, Properties: { StageName: v1, Auth: { Authorizers: {
    Token: { FunctionArn: !GetAtt Who.Arn }, All: { FunctionArn: !GetAtt Who.Arn, FunctionPayloadType: REQUEST,
    Identity: { Headers: [X-Key] } } } }, Variables: { colour: blue } } }
  Web: { Type: AWS::Serverless::HttpApi, Properties: { StageName: $default, CorsConfiguration: true, Auth: {
    Authorizers: { Simple: { FunctionArn: !GetAtt Who.Arn, AuthorizerPayloadFormatVersion: "2.0",
    Identity: { Headers: [Authorization] } } } } } }
  Who: { Type: AWS::Serverless::Function, Properties: { Handler: app.who } }
  Books:
    Type: AWS::Serverless::Function
    Metadata: { Recours: { Service: books, Port: 9001, BasePath: /shop } }
    Properties:
      Handler: app.books
      Events:
        Get: { Type: Api, Properties: { RestApiId: !Ref Rest, Method: GET, Path: "/shop/books/{book_id}" } }
        Put: { Type: Api, Properties: { RestApiId: !Ref Rest, Method: PUT, Path: "/shop/books/{book_id}",
          Auth: { Authorizer: Token } } }
        All: { Type: Api, Properties: { RestApiId: !Ref Rest, Method: PUT, Path: "/shop/all",
          Auth: { Authorizer: All } } }
        Tick: { Type: Schedule, Properties: { Schedule: rate(5 minutes) } }
        Tock: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 12 * * ? *), Input: '{"a": 1}' } }
  Pages:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.pages
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Web, Method: GET, Path: "/pages/{path+}" } }
        Post: { Type: HttpApi, Properties: { ApiId: !Ref Web, Method: POST, Path: "/pages/{path+}",
          Auth: { Authorizer: Simple } } }
  First:
    Type: AWS::Serverless::Function
    Metadata: { EventSourceMapping: { Stream: "events:all", Group: first } }
    Properties: { Handler: app.first }
  Closed:
    Type: AWS::Serverless::Function
    Metadata: { EventSourceMapping: { Stream: "events:all", Group: closed, FilterCriteria: { Filters: [
      { Pattern: '{"event": {"event_type": ["ReclamationCloturee", "ReclamationEnrichie"]}}' }] } } }
    Properties: { Handler: app.closed }
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path = tmp_path_factory.mktemp("eventgen") / "template.yaml"
    path.write_text(TEMPLATE)
    return load_template(path, {})


class Invoked:
    """An Invoker that keeps the events, and lets in whoever asks."""

    def __init__(self) -> None:
        self.events: dict[str, Any] = {}

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        self.events[function] = event
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
        if function == "Who":
            return {"principalId": "me", "policyDocument": {"Statement": [statement]}, "context": {"role": "agent"}}
        return {"statusCode": 200}


def really(template: Template, request: HttpRequest, function: str) -> Any:
    """The event that the gateway invokes a function with for a request."""
    invoked = Invoked()
    gateway = ApiGateway(template, template.functions, invoked, strip_base_path=False)
    answer = asyncio.run(gateway.answer({"headers": request.headers}, request))
    assert answer.status == 200
    return invoked.events[function]


def lasting(event: Any) -> Any:
    """An event without what differs from one time to the next."""
    if isinstance(event, dict):
        return {name: lasting(value) for name, value in event.items() if name not in VOLATILE}
    return event


REQUEST = make_request(
    "GET",
    "/shop/books/b%201?x=1&x=é",
    headers=[("Cookie", "a=1; b=2"), ("X-One", "1"), ("X-One", "2")],
    query=[("y z", "&")],
)


def test_an_api_event_is_what_the_gateway_sends_for_the_request(template: Template) -> None:
    made = rest_event(template, REQUEST)
    assert lasting(made) == lasting(really(template, REQUEST, "Books"))
    assert made["pathParameters"] == {"book_id": "b 1"}
    assert made["multiValueQueryStringParameters"] == {"x": ["1", "é"], "y z": ["&"]}


def test_an_event_of_an_authorized_caller_has_what_the_authorizer_told(template: Template) -> None:
    request = make_request("PUT", "/shop/books/1", headers=[("Authorization", "Bearer x")], body='{"é":1}')
    made = rest_event(template, request, {"principalId": "me", "role": "agent"})
    assert lasting(made) == lasting(really(template, request, "Books"))
    assert made["body"] == '{"é":1}'


def test_an_http_api_event_is_what_the_gateway_sends_for_the_request(template: Template) -> None:
    request = make_request("POST", "/pages/a/b?q=1", headers=[("authorization", "me"), ("cookie", "a=1")], body="{}")
    made = http_api_event(template, request, {"role": "agent"})
    assert lasting(made) == lasting(really(template, request, "Pages"))
    assert (made["version"], made["routeKey"]) == ("2.0", "POST /pages/{path+}")


@pytest.mark.parametrize(
    "request_",
    [
        make_request("PUT", "/shop/books/1", headers=[("Authorization", "Bearer x")]),
        make_request("PUT", "/shop/all", headers=[("X-Key", "k")]),
        make_request("POST", "/pages/a", headers=[("Authorization", "me")], body="{}"),
    ],
    ids=["token", "request", "payload 2.0"],
)
def test_an_authorizer_event_is_what_the_gateway_asks_with(template: Template, request_: HttpRequest) -> None:
    assert lasting(authorizer_function_event(template, request_)) == lasting(really(template, request_, "Who"))


def test_each_kind_of_api_event_can_be_made_for_a_route_of_the_other(template: Template) -> None:
    pages = make_request("GET", "/pages/a")
    assert http_api_event(template, REQUEST)["rawPath"] == "/shop/books/b%201"
    assert rest_event(template, pages)["resource"] == "/pages/{path+}"
    assert "version" not in rest_event(template, pages)


@pytest.mark.parametrize(
    ("make", "request_", "told"),
    [
        (rest_event, make_request("GET", "/books/1"), "no route has the path /books/1; did you mean /shop/books/1?"),
        (rest_event, make_request("GET", "/shop/bocks/{book_id}"), "did you mean /shop/books/{book_id}?"),
        (rest_event, make_request("PATCH", "/shop/books/1"), "/shop/books/1 has no PATCH; it has GET, PUT"),
        (rest_event, make_request("OPTIONS", "/pages/a"), "OPTIONS /pages/a is answered by API Gateway itself"),
        (authorizer_function_event, make_request("GET", "/shop/books/1"), "has no authorizer: whoever asks is let in"),
        (authorizer_function_event, make_request("PUT", "/shop/books/1"), "Who is asked only about requests that have"),
    ],
)
def test_what_the_template_has_no_route_for_is_told(
    template: Template, make: Callable[..., object], request_: HttpRequest, told: str
) -> None:
    with pytest.raises(EventError) as error:
        make(template, request_)
    assert told in str(error.value)


def test_a_batch_is_what_the_poller_invokes_with_for_the_same_entries(template: Template) -> None:
    made = stream_event(template, None, [], 7, "claim_1", BEGAN)
    function = template.function("First")
    assert function.mapping is not None
    mapping = EventSourceMapping.from_metadata("First", function.mapping)
    given: list[Any] = []
    entries = [
        to_entry(record["eventID"].encode(), {b"event": to_json(Envelope.model_validate(record["event"]))}, 1)
        for record in made["Records"]
    ]
    PlainInvocation(mapping, given.append, lambda _: None).invoke(entries)
    assert given == [made]


def test_a_batch_is_a_claims_life_after_another_without_gaps(template: Template) -> None:
    records = stream_event(template, None, [], 12, "claim_1", BEGAN)["Records"]
    events = [from_json(json.dumps(record["event"])) for record in records]
    assert [event.position for event in events] == list(range(1, 13))
    assert [event.version for event in events] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]
    assert [event.aggregate_id for event in events[4:6]] == ["claim_1", "claim_1_2"]
    assert len({event.event_id for event in events}) == 12
    assert [event.causation_id for event in events[:2]] == [None, events[0].event_id]
    assert [record["eventID"] for record in records[:2]] == ["1-0", "2-0"]


def test_every_type_of_event_can_be_made_and_read(template: Template) -> None:
    for name in EVENT_TYPES:
        (record,) = stream_event(template, None, [name], 1, "claim_1", BEGAN)["Records"]
        envelope = from_json(json.dumps(record["event"]))
        assert type(read_payload(envelope)).__name__ == name


def test_events_that_lie_between_are_counted_though_they_are_not_wanted(template: Template) -> None:
    records = stream_event(template, None, ["ReclamationAffectee"], 3, "claim_1", BEGAN)["Records"]
    assert [(record["event"]["version"], record["event"]["position"]) for record in records] == [(2, 2), (2, 4), (2, 6)]


def test_a_subscriber_gets_what_its_filter_lets_pass(template: Template) -> None:
    records = stream_event(template, "Closed", [], None, "claim_1", BEGAN)["Records"]
    assert [record["event"]["event_type"] for record in records] == ["ReclamationCloturee"]
    assert records[0]["group"] == "closed"


@pytest.mark.parametrize(
    ("function", "types", "told"),
    [
        ("Closed", ["ReclamationCreee"], "the FilterCriteria of Closed lets no ReclamationCreee pass"),
        ("Books", [], "Books reads no stream; those that do: First, Closed"),
        (None, ["ClaimCreated"], "ClaimCreated is no type of event; there are: ReclamationCreee, "),
    ],
)
def test_a_batch_that_nobody_would_get_is_refused(
    template: Template, function: str | None, types: list[str], told: str
) -> None:
    with pytest.raises(EventError) as error:
        stream_event(template, function, types, 1, "claim_1", BEGAN)
    assert told in str(error.value)


def test_a_schedules_event_has_its_next_time(template: Template) -> None:
    made: Any = schedule_event(template, None, None, BEGAN)
    assert (made["source"], made["time"]) == ("aws.events", "2025-07-08T14:35:00Z")
    assert schedule_event(template, "Books", "Tock", BEGAN) == {"a": 1}


def test_a_schedule_that_is_not_there_is_told_with_those_that_are(template: Template) -> None:
    with pytest.raises(EventError, match="there are: Books Tick, Books Tock"):
        schedule_event(template, "Pages", None, BEGAN)


def cli(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = run(["generate-event", *arguments])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    out, error = capsys.readouterr()
    return code, out, error


def test_the_command_prints_an_event_of_the_systems_own_template(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = cli(capsys, "api", "--path", "/claims-service/claims", "--body", "{}", "--header", "X-A: b:c")
    event = json.loads(out)
    assert (code, event["httpMethod"], event["body"]) == (0, "POST", "{}")
    assert event["headers"]["x-a"] == "b:c"


def test_the_command_reads_a_body_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "body").write_text('{"é": 1}')
    arguments = ["--path", "/claims-service/claims", "--body", f"@{tmp_path / 'body'}"]
    assert json.loads(cli(capsys, "api", *arguments)[1])["body"] == '{"é": 1}'


def test_the_command_takes_another_template_before_or_after_the_kind(
    capsys: pytest.CaptureFixture[str], template: Template
) -> None:
    other = ["--template", str(template.path)]
    for arguments in ([*other, "api", "--path", "/pages/a"], ["api", "--path", "/pages/a", *other]):
        assert json.loads(cli(capsys, *arguments)[1])["resource"] == "/pages/{path+}"


def test_the_command_lists_what_there_is_to_make_events_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = cli(capsys, "--list")
    assert code == 0
    for named in ("api", "http-api", "authorizer", "streams", "schedule", "AuditSubscriber", "RetentionFunction Sweep"):
        assert f"{named}\n" in out or f"{named} " in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "which kind of event?"),
        (["api"], "--path"),
        (["api", "--path", "claims"], "must begin with /"),
        (["api", "--path", "/nowhere/at/all"], "no route has the path /nowhere/at/all"),
        (["api", "--path", "/", "--header", "nothing"], "is no header"),
        (["api", "--path", "/", "--query", "nothing"], "is no parameter"),
        (["api", "--path", "/claims-service/claims", "--body", "@/nowhere"], "cannot be read"),
        (["streams", "--count", "0"], "0 is no whole number from 1 to 10000"),
        (["schedule", "--now", "2025-07-08"], "has no offset"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code, out, error = cli(capsys, *arguments)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert told in error
