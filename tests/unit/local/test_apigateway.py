"""Routes, events and answers, as API Gateway has them."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.apigateway.answers import HttpAnswer, MalformedAnswerError, raw_answer, read_answer
from local.apigateway.events import build_event
from local.apigateway.requests import HttpRequest
from local.apigateway.router import NoRouteError, Router, WrongMethodError

ROUTES = [
    ("GET", "/", "root"),
    ("POST", "/claims", "create"),
    ("POST", "/claims/batch", "batch"),
    ("GET", "/claims/{claim_id}", "get"),
    ("POST", "/claims/{claim_id}", "assign"),
    ("GET", "/claims/{claim_id}/events", "events"),
    ("GET", "/claims/customer/{customer_id}", "customer"),
    ("ANY", "/files/{path+}", "files"),
]


def router() -> Router[str]:
    return Router(ROUTES)


def request(
    method: str = "GET",
    path: str = "/claims/a",
    query: str = "",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes = b"",
) -> HttpRequest:
    return HttpRequest(method, path, query, headers or [], body, "10.0.0.9", 8101, "HTTP/1.1")


@pytest.mark.parametrize(
    ("method", "path", "target", "parameters"),
    [
        ("GET", "/", "root", {}),
        ("POST", "/claims", "create", {}),
        ("POST", "/claims/", "create", {}),
        ("POST", "/claims/batch", "batch", {}),
        ("GET", "/claims/claim_1", "get", {"claim_id": "claim_1"}),
        ("GET", "/claims/a%2Fb%20c", "get", {"claim_id": "a/b c"}),
        ("GET", "/claims/customer/events", "customer", {"customer_id": "events"}),
        ("GET", "/claims/batch/events", "events", {"claim_id": "batch"}),
        ("DELETE", "/files/a/b", "files", {"path": "a/b"}),
    ],
)
def test_a_request_finds_its_route(method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    match = router().match(method, path)
    assert (match.target, match.path_parameters) == (target, parameters)


@pytest.mark.parametrize("path", ["/nothing", "/claims/a/b/c", "/claims//events", "//", "/files"])
def test_a_path_that_no_route_has_is_not_found(path: str) -> None:
    with pytest.raises(NoRouteError):
        router().match("GET", path)


def test_a_literal_path_wins_with_its_own_methods() -> None:
    with pytest.raises(WrongMethodError) as caught:
        router().match("GET", "/claims/batch")
    assert caught.value.allow == "POST"


def test_allow_names_every_method_of_the_path() -> None:
    with pytest.raises(WrongMethodError) as caught:
        router().match("DELETE", "/claims/claim_1")
    assert caught.value.allow == "GET, POST"


def test_an_event_has_every_part_that_a_proxy_integration_has() -> None:
    event = build_event(
        request(
            "POST",
            "/claims/a%20b",
            "x=1&x=%C3%A9+2&flag=",
            [(b"host", b"localhost:8101"), (b"user-agent", b"curl"), (b"accept", b"a"), (b"accept", b"b")],
            b'{"a":1}',
        ),
        "/claims/{claim_id}",
        {"claim_id": "a b"},
        "req-1",
    )
    assert event["resource"] == "/claims/{claim_id}"
    assert event["path"] == "/claims/a%20b"
    assert event["pathParameters"] == {"claim_id": "a b"}
    assert event["queryStringParameters"] == {"x": "é 2", "flag": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "é 2"], "flag": [""]}
    assert event["stageVariables"] is None
    assert (event["body"], event["isBase64Encoded"]) == ('{"a":1}', False)
    headers, multi, context = event["headers"], event["multiValueHeaders"], event["requestContext"]
    assert isinstance(headers, dict)
    assert isinstance(multi, dict)
    assert isinstance(context, dict)
    assert (headers["accept"], multi["accept"]) == ("b", ["a", "b"])
    assert headers["x-forwarded-for"] == "10.0.0.9"
    assert (context["resourcePath"], context["httpMethod"]) == ("/claims/{claim_id}", "POST")
    assert (context["requestId"], context["protocol"]) == ("req-1", "HTTP/1.1")
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("10.0.0.9", "curl")
    assert context["requestTimeEpoch"] > 1_700_000_000_000


def test_what_is_absent_is_null_and_not_empty() -> None:
    event = build_event(request(), "/claims", {})
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body")
    assert [event[name] for name in absent] == [None] * 4


def test_the_client_is_added_to_those_who_forwarded_before() -> None:
    event = build_event(request(headers=[(b"x-forwarded-for", b"1.2.3.4")]), "/claims", {})
    assert isinstance(event["headers"], dict)
    assert event["headers"]["x-forwarded-for"] == "1.2.3.4, 10.0.0.9"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(b"application/json", b"\xff{"), (b"application/octet-stream", b"text"), (b"image/png", b"\x89PNG")],
)
def test_a_body_that_is_no_text_is_base64(content_type: bytes, body: bytes) -> None:
    event = build_event(request("POST", headers=[(b"content-type", content_type)], body=body), "/claims", {})
    assert (event["body"], event["isBase64Encoded"]) == (b64encode(body).decode(), True)


def test_an_answer_is_taken_with_both_kinds_of_headers() -> None:
    answer = read_answer(
        {
            "statusCode": 201,
            "headers": {"Location": "/claims/1", "Content-Length": "999", "Age": 3},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
            "body": "é",
        }
    )
    assert answer.status == 201
    assert answer.body == "é".encode()
    assert answer.headers == [
        (b"location", b"/claims/1"),
        (b"age", b"3"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"content-type", b"application/json"),
    ]


def test_a_binary_answer_is_decoded() -> None:
    body = b64encode(b"\x89PNG").decode()
    assert read_answer({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\x89PNG"


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "text",
        {},
        {"statusCode": "ok"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "\ud800"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": "b\r\nset-cookie: stolen=1"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 1)},
    ],
)
def test_a_malformed_answer_is_refused(returned: object) -> None:
    with pytest.raises(MalformedAnswerError):
        read_answer(returned)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_no_header_that_is_taken_can_begin_another_one(headers: dict[str, str]) -> None:
    try:
        answer = read_answer({"statusCode": 200, "headers": headers})
    except MalformedAnswerError:
        return
    assert all(b"\r" not in part and b"\n" not in part for header in answer.headers for part in header)


def test_a_raw_answer_is_whole_http() -> None:
    assert raw_answer(HttpAnswer(502, [(b"a", b"b")], b"{}")) == (
        b"HTTP/1.1 502 Bad Gateway\r\na: b\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    )
