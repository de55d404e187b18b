"""HTTP APIs: events and answers of version 2.0, and of 1.0 where an event asks for it."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from local.apigateway.answers import MalformedAnswerError
from local.apigateway.events import build_event
from local.apigateway.http_answers import read_http_answer
from local.apigateway.http_events import build_http_event
from local.apigateway.requests import WRITTEN_NAMES, HttpRequest, read_request
from local.template.model import Api

API = Api("Http", "http", "$default")
STAGED = Api("Http", "http", "dev", stage_variables={"COLOUR": "blue"})


def request(headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"", query: str = "") -> HttpRequest:
    return HttpRequest("POST", "/claims/a%20b", query, headers or [], body, "10.0.0.9", 8100, "HTTP/1.1")


def build(asked: HttpRequest, api: Api = API) -> dict[str, Any]:
    return build_http_event(asked, "POST /claims/{id}", {"id": "a b"}, "req-1", api=api)


def test_an_event_of_version_2_has_every_part() -> None:
    headers = [
        (b"host", b"localhost:8100"),
        (b"user-agent", b"curl"),
        (b"accept", b"a"),
        (b"accept", b"b"),
        (b"cookie", b"one=1; two=2"),
        (b"content-type", b"application/json"),
    ]
    event = build(request(headers, b'{"a":1}', "x=1&x=%C3%A9+2&flag="))
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /claims/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/claims/a%20b", "x=1&x=%C3%A9+2&flag=")
    assert event["cookies"] == ["one=1", "two=2"]
    assert event["headers"]["accept"] == "a,b"
    assert "cookie" not in event["headers"]
    assert event["queryStringParameters"] == {"x": "1,é 2", "flag": ""}
    assert event["pathParameters"] == {"id": "a b"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"a":1}', False)
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/claims/a%20b",
        "protocol": "HTTP/1.1",
        "sourceIp": "10.0.0.9",
        "userAgent": "curl",
    }
    assert (context["domainName"], context["apiId"], context["stage"]) == ("localhost", "Http", "$default")
    assert (context["requestId"], context["routeKey"]) == ("req-1", "POST /claims/{id}")
    assert context["timeEpoch"] > 1_700_000_000_000


def test_what_is_absent_is_left_away() -> None:
    event = build_http_event(request(), "$default", {}, "req-1", api=API)
    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert not absent & event.keys()
    assert event["isBase64Encoded"] is False


def test_a_stage_of_its_own_stands_before_the_path() -> None:
    event = build(request(), STAGED)
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/dev/claims/a%20b"
    assert event["stageVariables"] == {"COLOUR": "blue"}


@pytest.mark.parametrize(
    ("content_type", "encoded"),
    [
        (b"application/json; charset=utf-8", False),
        (b"text/plain", False),
        (b"application/problem+json", False),
        (b"application/x-www-form-urlencoded", True),
        (b"image/png", True),
    ],
)
def test_a_body_that_an_http_api_takes_for_no_text_is_base64(content_type: bytes, encoded: bool) -> None:
    event = build(request([(b"content-type", content_type)], b"a=1"))
    assert event["isBase64Encoded"] is encoded
    assert event["body"] == (b64encode(b"a=1").decode() if encoded else "a=1")


def test_an_event_of_version_1_tells_that_it_is_one() -> None:
    event: dict[str, Any] = build_event(request(), "/claims/{id}", {"id": "a b"}, "req-1", api=STAGED)
    assert (event["version"], event["path"], event["resource"]) == ("1.0", "/dev/claims/a%20b", "/claims/{id}")
    assert event["requestContext"]["stage"] == "dev"


def test_a_rest_api_hands_on_names_as_the_client_wrote_them_and_an_http_api_in_lower_case() -> None:
    headers = [(b"x-my-header", b"1"), (b"x-forwarded-for", b"1.2.3.4")]
    written = [b"X-My-Header", b"x-Forwarded-FOR"]
    asked = HttpRequest("GET", "/", "", headers, b"", "10.0.0.9", 8100, "HTTP/1.1", written)
    rest: dict[str, Any] = build_event(asked, "/", {})
    assert rest["headers"]["X-My-Header"] == "1"
    assert rest["headers"]["X-Forwarded-For"] == "1.2.3.4, 10.0.0.9"
    assert "x-forwarded-for" not in rest["headers"]
    http = build(asked)
    assert (http["headers"]["x-my-header"], http["headers"]["x-forwarded-for"]) == ("1", "1.2.3.4, 10.0.0.9")


def test_a_request_has_the_names_that_a_server_in_front_kept() -> None:
    async def receive() -> dict[str, Any]:
        return {}

    scope = {
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"x-a", b"1")],
        "client": None,
        "server": None,
        "http_version": "1.1",
    }
    assert asyncio.run(read_request(scope, receive)).written_names is None
    assert asyncio.run(read_request({**scope, WRITTEN_NAMES: [b"X-A"]}, receive)).written_names == [b"X-A"]


def test_binary_media_types_make_a_body_base64() -> None:
    asked = request([(b"content-type", b"application/json")], b"{}")
    assert build_event(asked, "/", {})["isBase64Encoded"] is False
    for patterns in (("application/json",), ("*/*",), ("application/*",)):
        api = Api("Rest", "rest", "v1", binary_types=patterns)
        assert build_event(asked, "/", {}, api=api)["isBase64Encoded"] is True


def test_an_answer_of_version_2_has_cookies_and_one_value_a_header() -> None:
    answer = read_http_answer(
        {"statusCode": 201, "headers": {"X-A": "1"}, "cookies": ["a=1; Secure", "b=2"], "body": "é"}
    )
    assert (answer.status, answer.body) == (201, "é".encode())
    assert answer.headers == [
        (b"x-a", b"1"),
        (b"content-type", b"text/plain;charset=UTF-8"),
        (b"set-cookie", b"a=1; Secure"),
        (b"set-cookie", b"b=2"),
    ]


@pytest.mark.parametrize(
    ("returned", "body"),
    [("hello", b"hello"), ({"a": 1}, b'{"a":1}'), ([1], b"[1]"), (None, b"null"), ({"body": "x"}, b'{"body":"x"}')],
)
def test_a_value_without_a_status_is_the_body(returned: object, body: bytes) -> None:
    answer = read_http_answer(returned)
    assert (answer.status, answer.headers, answer.body) == (200, [(b"content-type", b"application/json")], body)


@pytest.mark.parametrize(
    "returned",
    [
        {"statusCode": "odd"},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a=1\r\nset-cookie: stolen=1"]},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "body": {"a": 1}},
        "x" * (6 * 1024 * 1024 + 1),
    ],
)
def test_a_malformed_answer_is_refused(returned: object) -> None:
    with pytest.raises(MalformedAnswerError):
        read_http_answer(returned)
