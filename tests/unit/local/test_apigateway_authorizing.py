"""Lambda authorizers: whom they are asked about, with what, and what becomes of their answers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local.apigateway.authorizer_answers import Verdict
from local.apigateway.authorizer_memory import VERDICTS_MAX, Memory
from local.apigateway.invoking import NotInvokedError
from local.apigateway.policies import PolicyError, read_policy
from tests.unit.local.gateway_world import OK, FakeInvoker, ask, ask_in_loop, failing, gateway, header, raising, read

ARN = "arn:aws:execute-api:us-east-1:000000000000"


def policy(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"principalId": "u1", "policyDocument": {"Version": "2012-10-17", "Statement": list(statements)}, **more}


def statement(effect: str, resource: str | list[str], action: str = "execute-api:Invoke") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


ALLOW = policy(statement("Allow", "*"))
DENY = policy(statement("Deny", "*"))


def rest(authorizer: str, more: str = "") -> str:
    return f"""
    Api:
      Type: AWS::Serverless::Api
      Properties:
        StageName: v1
        Auth: {{ DefaultAuthorizer: Mine, Authorizers: {{ Mine: {{ FunctionArn: !GetAtt A.Arn, {authorizer} }} }} }}
        {more}
    A: {{ Type: AWS::Serverless::Function, Properties: {{ Timeout: 3 }} }}
    F:
      Type: AWS::Serverless::Function
      Metadata: {{ Recours: {{ BasePath: /f-service }} }}
      Properties:
        Events:
          One: {{ Type: Api, Properties: {{ RestApiId: !Ref Api, Method: GET, Path: "/f-service/things/{{id}}" }} }}
          Open:
            Type: Api
            Properties: {{ RestApiId: !Ref Api, Method: GET, Path: /f-service/health, Auth: {{ Authorizer: NONE }} }}
    """


def http(authorizer: str, version: str = "2.0") -> str:
    return f"""
    Api:
      Type: AWS::Serverless::HttpApi
      Properties:
        StageName: dev
        Auth: {{ DefaultAuthorizer: Mine, Authorizers: {{ Mine: {{ FunctionArn: !GetAtt A.Arn, {authorizer} }} }} }}
    A: {{ Type: AWS::Serverless::Function, Properties: {{ Timeout: 3 }} }}
    F:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          One:
            Type: HttpApi
            Properties: {{ ApiId: !Ref Api, Method: GET, Path: "/things/{{id}}", PayloadFormatVersion: "{version}" }}
    """


TOKEN = "FunctionPayloadType: TOKEN"
REQUEST = "FunctionPayloadType: REQUEST, Identity: { Headers: [Authorization], QueryStrings: [tenant] }"
SIMPLE = "AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, Identity: { Headers: [Authorization] }"
THING = "/f-service/things/1"
BEARER = {"Authorization": "Bearer t"}


def invoker(verdict: object) -> FakeInvoker:
    return FakeInvoker({"A": lambda _: verdict, "F": lambda _: OK})


def test_a_token_authorizer_is_asked_with_the_token_and_the_methods_arn(tmp_path: Path) -> None:
    asked = invoker(ALLOW)
    assert ask(gateway(read(tmp_path, rest(TOKEN)), asked), "GET", THING, BEARER).status == 200
    assert asked.events("A") == [
        {"type": "TOKEN", "methodArn": f"{ARN}:Api/v1/GET{THING}", "authorizationToken": "Bearer t"}
    ]


def test_on_a_services_own_port_the_authorizer_is_asked_about_the_whole_path(tmp_path: Path) -> None:
    asked = invoker(ALLOW)
    api = gateway(read(tmp_path, rest(REQUEST)), asked, strip=True)
    assert ask(api, "GET", "/things/1?tenant=a", BEARER).status == 200
    (event,) = asked.events("A")
    assert (event["type"], event["methodArn"]) == ("REQUEST", f"{ARN}:Api/v1/GET{THING}")
    assert (event["path"], event["resource"]) == (THING, "/f-service/things/{id}")
    assert event["pathParameters"] == {"id": "1"}
    assert event["queryStringParameters"] == {"tenant": "a"}
    assert "body" not in event
    assert asked.events("F")[0]["path"] == "/things/1"


@pytest.mark.parametrize("path", [THING, f"{THING}?tenant="])
def test_nobody_is_asked_about_a_caller_without_every_identity_source(tmp_path: Path, path: str) -> None:
    asked = invoker(ALLOW)
    answer = ask(gateway(read(tmp_path, rest(REQUEST)), asked), "GET", path, BEARER)
    assert (answer.status, header(answer, "www-authenticate"), asked.asked) == (401, "Bearer", [])
    assert json.loads(answer.body)["status"] == 401


def test_a_token_that_does_not_match_the_validation_expression_is_refused_without_asking(tmp_path: Path) -> None:
    asked = invoker(ALLOW)
    validation = f"{TOKEN}, Identity: {{ ValidationExpression: 'Bearer [a-z]+' }}"
    api = gateway(read(tmp_path, rest(validation)), asked)
    assert [ask(api, "GET", THING, {"Authorization": token}).status for token in ("Bearer t", "Bearer t1")] == [
        200,
        401,
    ]
    assert len(asked.events("A")) == 1


def test_a_route_without_an_authorizer_and_a_skipped_authorizer_ask_nobody(tmp_path: Path) -> None:
    asked = invoker(DENY)
    template = read(tmp_path, rest(TOKEN))
    assert ask(gateway(template, asked), "GET", "/f-service/health").status == 200
    assert ask(gateway(template, asked, skipped=frozenset({"A"})), "GET", THING).status == 200
    assert asked.events("A") == []


def test_what_the_policy_denies_is_a_403(tmp_path: Path) -> None:
    answer = ask(gateway(read(tmp_path, rest(TOKEN)), invoker(DENY)), "GET", THING, BEARER)
    assert (answer.status, json.loads(answer.body)["title"]) == (403, "Forbidden")


def test_an_authorizer_that_raises_unauthorized_makes_a_401_and_any_other_error_a_500(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    template = read(tmp_path, rest(TOKEN))
    statuses = {
        text: ask(gateway(template, FakeInvoker({"A": failing(text)})), "GET", THING, BEARER)
        for text in ("Unauthorized", "unauthorized", "boom")
    }
    assert [answer.status for answer in statuses.values()] == [401, 500, 500]
    assert json.loads(statuses["boom"].body)["detail"] == "The authorizer failed"
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["function"], line["message"]) for line in lines] == [("A", "the authorizer failed")] * 2


def test_an_authorizer_that_cannot_be_asked_now_is_a_503(tmp_path: Path) -> None:
    api = gateway(read(tmp_path, rest(TOKEN)), FakeInvoker({"A": raising(NotInvokedError())}))
    answer = ask(api, "GET", THING, BEARER)
    assert (answer.status, header(answer, "retry-after")) == (503, "1")


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        {},
        {"principalId": "u1"},
        {**ALLOW, "principalId": None},
        policy(statement("Allow", "*"), context={"list": [1]}),
        policy(statement("Allow", "*"), context={"null": None}),
        policy(statement("Perhaps", "*")),
        policy({"Effect": "Allow", "NotAction": "*", "Resource": "*"}),
        policy({**statement("Allow", "*"), "Condition": {}}),
        policy({"Effect": "Allow", "Action": "*", "Resource": []}),
        {"principalId": "u1", "policyDocument": {}},
    ],
)
def test_an_answer_that_is_no_verdict_is_a_500(tmp_path: Path, verdict: object) -> None:
    asked = invoker(verdict)
    assert ask(gateway(read(tmp_path, rest(TOKEN)), asked), "GET", THING, BEARER).status == 500
    assert asked.events("F") == []


def test_a_rest_api_tells_the_function_the_principal_and_the_context_as_texts(tmp_path: Path) -> None:
    asked = invoker(policy(statement("Allow", "*"), context={"number": 1, "flag": True, "text": "é"}))
    ask(gateway(read(tmp_path, rest(TOKEN)), asked), "GET", THING, BEARER)
    told = asked.events("F")[0]["requestContext"]["authorizer"]
    assert told == {"principalId": "u1", "number": "1", "flag": "true", "text": "é"}


@pytest.mark.parametrize(
    ("version", "told"),
    [("2.0", {"lambda": {"number": 1, "deep": {"a": [1]}}}), ("1.0", {"number": 1, "deep": {"a": [1]}})],
)
def test_an_http_api_takes_a_simple_answer_and_tells_the_context_as_it_is(
    tmp_path: Path, version: str, told: dict[str, Any]
) -> None:
    asked = invoker({"isAuthorized": True, "context": {"number": 1, "deep": {"a": [1]}}})
    answer = ask(gateway(read(tmp_path, http(SIMPLE, version)), asked), "GET", "/things/1", BEARER)
    assert answer.status == 200
    assert asked.events("F")[0]["requestContext"]["authorizer"] == told
    (event,) = asked.events("A")
    assert (event["version"], event["type"], event["identitySource"]) == ("2.0", "REQUEST", ["Bearer t"])
    assert (event["routeArn"], event["routeKey"]) == (f"{ARN}:Api/dev/GET/things/1", "GET /things/{id}")


@pytest.mark.parametrize(
    ("verdict", "status"), [({"isAuthorized": False}, 403), ({"isAuthorized": "yes"}, 500), ({}, 500)]
)
def test_a_simple_answer_is_a_boolean(tmp_path: Path, verdict: object, status: int) -> None:
    api = gateway(read(tmp_path, http(SIMPLE)), invoker(verdict))
    assert ask(api, "GET", "/things/1", BEARER).status == status


def test_an_http_api_asks_with_version_1_where_its_authorizer_has_that(tmp_path: Path) -> None:
    asked = invoker(ALLOW)
    version_1 = "AuthorizerPayloadFormatVersion: '1.0', Identity: { Headers: [Authorization] }"
    assert ask(gateway(read(tmp_path, http(version_1)), asked), "GET", "/things/1", BEARER).status == 200
    (event,) = asked.events("A")
    assert (event["version"], event["methodArn"]) == ("1.0", f"{ARN}:Api/dev/GET/things/1")
    assert event["identitySource"] == event["authorizationToken"] == "Bearer t"


def test_an_answer_is_remembered_by_the_identity_for_every_route_of_the_api(tmp_path: Path) -> None:
    asked = invoker(policy(statement("Allow", f"{ARN}:Api/v1/GET/f-service/things/1")))
    api = gateway(read(tmp_path, rest(TOKEN)), asked)

    async def statuses() -> list[int]:
        paths = (THING, THING, "/f-service/things/2")
        return [(await ask_in_loop(api, "GET", path, BEARER)).status for path in paths]

    assert asyncio.run(statuses()) == [200, 200, 403]
    assert len(asked.events("A")) == 1
    ask(api, "GET", THING, {"Authorization": "another"})
    assert len(asked.events("A")) == 2


@pytest.mark.parametrize("authorizer", [f"{TOKEN}, Identity: {{ ReauthorizeEvery: 0 }}"])
def test_nothing_is_remembered_for_no_time(tmp_path: Path, authorizer: str) -> None:
    asked = invoker(ALLOW)
    api = gateway(read(tmp_path, rest(authorizer)), asked)
    for _ in range(2):
        ask(api, "GET", THING, BEARER)
    assert len(asked.events("A")) == 2


def test_a_verdict_is_forgotten_when_its_time_is_over_or_too_many_came_after_it() -> None:
    now = [0.0]
    memory = Memory(10, lambda: now[0])
    verdict = Verdict(True, None, {})
    memory.keep(("a",), verdict)
    now[0] = 9.9
    assert memory.get(("a",)) is verdict
    now[0] = 10
    assert memory.get(("a",)) is None
    for number in range(VERDICTS_MAX + 1):
        memory.keep((str(number),), verdict)
    assert (memory.get(("0",)), memory.get(("1",))) == (None, verdict)


def test_a_preflight_of_a_rest_api_is_asked_about_unless_the_template_says_otherwise(tmp_path: Path) -> None:
    cors = """Cors: "'*'" """
    asked = invoker(ALLOW)
    template = read(tmp_path, rest(TOKEN, cors))
    assert ask(gateway(template, asked), "OPTIONS", THING).status == 401
    assert ask(gateway(template, asked), "OPTIONS", THING, BEARER).status == 200
    open_preflight = rest(TOKEN, cors).replace("Auth: {", "Auth: { AddDefaultAuthorizerToCorsPreflight: false,", 1)
    assert ask(gateway(read(tmp_path, open_preflight), asked), "OPTIONS", THING).status == 200


def test_a_slash_at_the_end_leads_around_no_policy(tmp_path: Path) -> None:
    verdict = policy(statement("Allow", "*"), statement("Deny", f"{ARN}:Api/v1/GET{THING}"))
    api = gateway(read(tmp_path, rest(TOKEN)), invoker(verdict))
    assert [ask(api, "GET", path, BEARER).status for path in (THING, f"{THING}/", f"{THING}2/")] == [403, 403, 200]


def test_a_preflight_of_a_route_for_any_method_is_asked_about(tmp_path: Path) -> None:
    resources = http(SIMPLE).replace("Method: GET", "Method: ANY").replace("StageName: dev", "CorsConfiguration: true")
    asked = invoker({"isAuthorized": True})
    api = gateway(read(tmp_path, resources), asked)
    preflight = {"Origin": "https://a", "Access-Control-Request-Method": "GET"}
    assert ask(api, "OPTIONS", "/things/1", preflight).status == 401
    assert ask(api, "OPTIONS", "/things/1", preflight | BEARER).status == 204
    assert asked.events("F") == []


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([statement("Allow", "*")], True),
        ([statement("Allow", f"{ARN}:Api/v1/GET/*")], True),
        ([statement("Allow", f"{ARN}:Api/v1/POST/*")], False),
        ([statement("Allow", [f"{ARN}:Api/v1/POST/*", f"{ARN}:*/GET/thing?"])], True),
        ([statement("Allow", f"{ARN}:Api/v1/GET/thing")], False),
        ([statement("Allow", "*", "execute-api:*")], True),
        ([statement("Allow", "*", "EXECUTE-API:invoke")], True),
        ([statement("Allow", "*", "s3:GetObject")], False),
        ([statement("Allow", "*"), statement("Deny", f"{ARN}:Api/*/GET/things")], False),
        ([statement("Deny", "*"), statement("Allow", "*")], False),
    ],
)
def test_a_deny_wins_and_what_is_not_allowed_is_denied(statements: list[dict[str, Any]], allowed: bool) -> None:
    assert read_policy({"Statement": statements}).allows(f"{ARN}:Api/v1/GET/things") is allowed


def test_a_resource_is_taken_letter_by_letter_but_for_its_wildcards() -> None:
    read_one = read_policy({"Statement": statement("Allow", "arn:a.c/(x)")})
    assert read_one.allows("arn:a.c/(x)")
    assert not read_one.allows("arn:abc/(x)")


def test_a_policy_without_statements_is_none() -> None:
    with pytest.raises(PolicyError):
        read_policy({"Version": "2012-10-17"})
