"""What API Gateway does between a request and a function: routes, events, refusals."""

import asyncio
import json
from pathlib import Path

import pytest

from local.apigateway.endpoints import Endpoint
from local.apigateway.invoking import (
    InvocationFailedError,
    InvocationThrottledError,
    InvocationTimedOutError,
    NotInvokedError,
)
from local.apigateway.requests import HttpRequest
from local.apigateway.router import NoRouteError, WrongMethodError
from tests.unit.local.gateway_world import (
    OK,
    FakeInvoker,
    ask,
    ask_in_loop,
    gateway,
    header,
    make_request,
    raising,
    read,
)

REST = """
F:
  Type: AWS::Serverless::Function
  Metadata: { Recours: { BasePath: /f-service } }
  Properties:
    Events:
      One: { Type: Api, Properties: { Method: GET, Path: "/f-service/things/{id}" } }
"""
HTTP = """
F:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      One: { Type: HttpApi, Properties: { Method: GET, Path: "/things/{id}" } }
"""


@pytest.mark.parametrize("resources", [REST.replace("/f-service", ""), HTTP])
def test_a_request_reaches_the_function_of_its_route(tmp_path: Path, resources: str) -> None:
    invoker = FakeInvoker({"F": lambda event: {"statusCode": 201, "body": event["pathParameters"]["id"]}})
    api = gateway(read(tmp_path, resources.replace("Metadata: { Recours: { BasePath:  } }", "")), invoker)
    answer = ask(api, "GET", "/things/a%20b")
    assert (answer.status, answer.body) == (201, b"a b")


def test_on_a_services_own_port_client_and_function_know_no_base_path(tmp_path: Path) -> None:
    invoker = FakeInvoker({"F": lambda _: OK})
    ask(gateway(read(tmp_path, REST), invoker, strip=True), "GET", "/things/1")
    (event,) = invoker.events("F")
    assert (event["path"], event["resource"]) == ("/things/1", "/things/{id}")
    assert event["requestContext"]["resourcePath"] == "/things/{id}"


def test_at_the_gateway_the_function_is_told_the_whole_path_as_in_the_cloud(tmp_path: Path) -> None:
    invoker = FakeInvoker({"F": lambda _: OK})
    ask(gateway(read(tmp_path, REST), invoker), "GET", "/f-service/things/1")
    (event,) = invoker.events("F")
    assert (event["path"], event["resource"]) == ("/f-service/things/1", "/f-service/things/{id}")
    assert event["requestContext"]["path"] == "/Prod/f-service/things/1"
    assert (event["requestContext"]["stage"], event["requestContext"]["apiId"]) == ("Prod", "ServerlessRestApi")


@pytest.mark.parametrize(
    ("method", "path", "error"), [("GET", "/no", NoRouteError), ("PUT", "/things/1", WrongMethodError)]
)
def test_what_no_route_has_is_left_to_the_caller(
    tmp_path: Path, method: str, path: str, error: type[Exception]
) -> None:
    api = gateway(read(tmp_path, HTTP), FakeInvoker({}))
    with pytest.raises(error):
        api.match(make_request(method, path))


def test_the_default_route_of_an_http_api_takes_what_no_other_route_has(tmp_path: Path) -> None:
    resources = HTTP + "      Rest: { Type: HttpApi }\n"
    invoker = FakeInvoker({"F": lambda event: event["routeKey"]})
    api = gateway(read(tmp_path, resources), invoker)
    assert ask(api, "GET", "/things/1").body == b"GET /things/{id}"
    assert ask(api, "PUT", "/things/1").body == b"$default"
    assert ask(api, "GET", "/").body == b"$default"
    assert "pathParameters" not in invoker.events("F")[1]


def test_of_several_default_routes_the_first_answers(tmp_path: Path) -> None:
    resources = """
    One: { Type: AWS::Serverless::HttpApi }
    Two: { Type: AWS::Serverless::HttpApi }
    F: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: HttpApi, Properties: { ApiId: One } } } } }
    G: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: HttpApi, Properties: { ApiId: Two } } } } }
    """
    api = gateway(read(tmp_path, resources), FakeInvoker({"F": lambda _: "F", "G": lambda _: "G"}))
    assert ask(api, "GET", "/").body == b"F"


def test_of_several_apis_each_alone_has_a_host_name(tmp_path: Path) -> None:
    resources = """
    First: { Type: AWS::Serverless::Api, Properties: { StageName: a } }
    Second: { Type: AWS::Serverless::Api, Properties: { StageName: b } }
    F:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          A: { Type: Api, Properties: { RestApiId: !Ref First, Method: GET, Path: /x } }
    G:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          B: { Type: Api, Properties: { RestApiId: !Ref Second, Method: GET, Path: /x } }
          C: { Type: Api, Properties: { RestApiId: !Ref Second, Method: GET, Path: /y } }
    """
    invoker = FakeInvoker({name: lambda _, name=name: {"statusCode": 200, "body": name} for name in "FG"})  # type: ignore[misc]
    api = gateway(read(tmp_path, resources), invoker)
    assert ask(api, "GET", "/x").body == b"F"
    assert ask(api, "GET", "/y").body == b"G"
    target = api.match(_at("second.localhost:8100", "/x")).target
    assert isinstance(target, Endpoint)
    assert target.function.name == "G"
    with pytest.raises(NoRouteError):
        api.match(_at("first.localhost:8100", "/y"))


def _at(host: str, path: str) -> HttpRequest:
    request = make_request("GET", path)
    request.headers[0] = (b"host", host.encode())
    return request


@pytest.mark.parametrize(
    ("error", "rest", "http"),
    [
        (InvocationFailedError("ValueError", "secret"), 502, 500),
        (InvocationTimedOutError("Sandbox.Timedout", "Task timed out after 3.00 seconds"), 502, 500),
        (InvocationThrottledError("busy"), 429, 429),
        (NotInvokedError("stopping"), 503, 503),
    ],
)
def test_a_function_without_an_answer_is_a_problem(tmp_path: Path, error: Exception, rest: int, http: int) -> None:
    for resources, path, status in ((REST, "/f-service/things/1", rest), (HTTP, "/things/1", http)):
        api = gateway(read(tmp_path, resources), FakeInvoker({"F": raising(error)}))
        answer = ask(api, "GET", path, {"X-Correlation-ID": "corr-1"})
        told = json.loads(answer.body)
        assert (answer.status, told["status"], told["instance"]) == (status, status, path)
        assert told["correlation_id"] == "corr-1"
        assert "secret" not in answer.body.decode()
        assert header(answer, "retry-after") == ("1" if status in (429, 503) else None)


def test_a_timeout_of_the_function_is_told_in_lambdas_words(tmp_path: Path) -> None:
    error = InvocationTimedOutError("Sandbox.Timedout", "Task timed out after 3.00 seconds")
    answer = ask(gateway(read(tmp_path, REST), FakeInvoker({"F": raising(error)})), "GET", "/f-service/things/1")
    assert json.loads(answer.body)["detail"] == "Task timed out after 3.00 seconds"


def test_a_malformed_answer_is_a_problem_and_is_logged_with_its_ids(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    api = gateway(read(tmp_path, REST), FakeInvoker({"F": lambda _: {"statusCode": "odd"}}))
    answer = ask(api, "GET", "/f-service/things/1", {"X-Correlation-ID": "corr-2"})
    assert (answer.status, json.loads(answer.body)["detail"]) == (502, "The function's answer is malformed")
    line = json.loads(capfd.readouterr().err)
    assert (line["function"], line["correlation_id"], line["level"]) == ("F", "corr-2", "error")
    assert len(line["function_request_id"]) == 36


def test_an_integration_that_takes_longer_than_its_limit_is_given_up_and_goes_on(tmp_path: Path) -> None:
    slow = REST.replace('/things/{id}" } }', '/things/{id}", TimeoutInMillis: 50 } }')
    ended = asyncio.Event()

    class Slow(FakeInvoker):
        async def invoke(self, function: str, event: object, request_id: str) -> object:
            await until_answered.wait()
            ended.set()
            return OK

    until_answered = asyncio.Event()

    async def give_up() -> int:
        answer = await ask_in_loop(api, "GET", "/f-service/things/1")
        until_answered.set()
        await asyncio.wait_for(ended.wait(), 10)
        return answer.status

    api = gateway(read(tmp_path, slow), Slow({}))
    assert asyncio.run(give_up()) == 504


def test_gateway_responses_add_headers_to_refusals_of_a_rest_api_alone(tmp_path: Path) -> None:
    resources = """
    Api:
      Type: AWS::Serverless::Api
      Properties:
        StageName: v1
        GatewayResponses:
          DEFAULT_5XX: { ResponseParameters: { Headers: { Access-Control-Allow-Origin: "'*'" } } }
          THROTTLED: { StatusCode: 503 }
    F:
      Type: AWS::Serverless::Function
      Properties: { Events: { E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /x } } } }
    """
    template = read(tmp_path, resources)
    failed = ask(gateway(template, FakeInvoker({"F": raising(InvocationFailedError("E", "m"))})), "GET", "/x")
    assert (failed.status, header(failed, "access-control-allow-origin")) == (502, "*")
    throttled = ask(gateway(template, FakeInvoker({"F": raising(InvocationThrottledError())})), "GET", "/x")
    assert (throttled.status, header(throttled, "access-control-allow-origin")) == (503, None)
    answered = ask(gateway(template, FakeInvoker({"F": lambda _: OK})), "GET", "/x")
    assert header(answered, "access-control-allow-origin") is None


def test_stage_variables_are_told(tmp_path: Path) -> None:
    resources = """
    Api: { Type: AWS::Serverless::Api, Properties: { StageName: v1, Variables: { COLOUR: blue } } }
    F:
      Type: AWS::Serverless::Function
      Properties: { Events: { E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /x } } } }
    """
    invoker = FakeInvoker({"F": lambda _: OK})
    ask(gateway(read(tmp_path, resources), invoker), "GET", "/x")
    assert invoker.events("F")[0]["stageVariables"] == {"COLOUR": "blue"}


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"a" * (6 * 1024 * 1024 + 1), "text/plain"), (b"a" * (5 * 1024 * 1024), "image/png")]
)
def test_a_body_that_lambda_would_not_take_reaches_no_function(tmp_path: Path, body: bytes, content_type: str) -> None:
    invoker = FakeInvoker({"F": lambda _: OK})
    api = gateway(read(tmp_path, HTTP.replace("GET", "POST")), invoker)
    assert ask(api, "POST", "/things/1", {"Content-Type": content_type}, body).status == 413
    assert ask(api, "POST", "/things/1", {"Content-Type": "text/plain"}, body[: 5 * 1024 * 1024]).status == 200
    assert len(invoker.events("F")) == 1
