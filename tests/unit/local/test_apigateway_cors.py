"""What browsers of other origins are told, and answers that are compressed."""

import gzip
import zlib
from pathlib import Path

import pytest

from local.apigateway.compression import accepted
from tests.unit.local.gateway_world import OK, FakeInvoker, ask, failing, gateway, header, read

ORIGIN = "https://app.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
ALLOW = "access-control-allow-origin"


def http(
    cors: str, events: str = "E: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: /x } }"
) -> str:
    return f"""
    Api: {{ Type: AWS::Serverless::HttpApi, Properties: {{ CorsConfiguration: {cors} }} }}
    F:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          {events}
    """


def rest(
    cors: str, events: str = "E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /x } }"
) -> str:
    return f"""
    Api: {{ Type: AWS::Serverless::Api, Properties: {{ StageName: v1, {cors} }} }}
    F:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          {events}
    """


def test_an_http_api_answers_a_preflight_itself(tmp_path: Path) -> None:
    cors = f"{{ AllowOrigins: ['{ORIGIN}'], AllowMethods: [GET, POST], AllowHeaders: [x-a], MaxAge: 60 }}"
    invoker = FakeInvoker({"F": lambda _: OK})
    answer = ask(gateway(read(tmp_path, http(cors)), invoker), "OPTIONS", "/x", PREFLIGHT)
    assert (answer.status, answer.body, invoker.asked) == (204, b"", [])
    assert dict(answer.headers) == {
        ALLOW.encode(): ORIGIN.encode(),
        b"access-control-allow-methods": b"GET,POST",
        b"access-control-allow-headers": b"x-a",
        b"access-control-max-age": b"60",
    }


def test_an_http_api_says_nothing_to_an_origin_that_is_not_allowed(tmp_path: Path) -> None:
    api = gateway(read(tmp_path, http("{ AllowOrigins: ['https://other.example'] }")), FakeInvoker({"F": lambda _: OK}))
    assert ask(api, "OPTIONS", "/x", PREFLIGHT).headers == []
    assert header(ask(api, "GET", "/x", {"Origin": ORIGIN}), ALLOW) is None


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [("['*']", "*"), (f"['{ORIGIN}']", ORIGIN), ("['https://*']", ORIGIN), ("['http://*']", None)],
)
def test_the_answers_of_an_http_api_have_its_headers_and_not_the_functions(
    tmp_path: Path, origins: str, allowed: str | None
) -> None:
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil.example"}}
    cors = f"{{ AllowOrigins: {origins}, ExposeHeaders: [etag] }}"
    api = gateway(read(tmp_path, http(cors)), FakeInvoker({"F": lambda _: own}))
    answer = ask(api, "GET", "/x", {"Origin": ORIGIN})
    assert header(answer, ALLOW) == allowed
    assert header(answer, "access-control-expose-headers") == ("etag" if allowed else None)
    assert header(ask(api, "GET", "/x"), ALLOW) is None


def test_credentials_make_every_origin_the_one_that_asked(tmp_path: Path) -> None:
    cors = "{ AllowOrigins: ['https://*'], AllowCredentials: true }"
    api = gateway(read(tmp_path, http(cors)), FakeInvoker({"F": lambda _: OK}))
    answer = ask(api, "GET", "/x", {"Origin": ORIGIN})
    assert (header(answer, ALLOW), header(answer, "access-control-allow-credentials")) == (ORIGIN, "true")


def test_a_refusal_too_can_be_read_by_a_browser(tmp_path: Path) -> None:
    api = gateway(read(tmp_path, http("true")), FakeInvoker({"F": failing("no")}))
    answer = ask(api, "GET", "/x", {"Origin": ORIGIN})
    assert (answer.status, header(answer, ALLOW)) == (500, "*")


def test_a_route_for_any_method_is_not_asked_with_a_preflight(tmp_path: Path) -> None:
    events = "E: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: ANY, Path: /x } }"
    invoker = FakeInvoker({"F": lambda _: OK})
    api = gateway(read(tmp_path, http("true", events)), invoker)
    assert (ask(api, "OPTIONS", "/x", PREFLIGHT).status, invoker.asked) == (204, [])
    assert (ask(api, "OPTIONS", "/x").body, len(invoker.asked)) == (b"ok", 1)


def test_a_rest_api_answers_a_preflight_as_sams_mock_does_and_leaves_answers_alone(tmp_path: Path) -> None:
    invoker = FakeInvoker({"F": lambda _: OK})
    cors = """Cors: { AllowOrigin: "'https://app.example'", AllowHeaders: "'x-a'", MaxAge: "'600'" }"""
    api = gateway(read(tmp_path, rest(cors)), invoker)
    answer = ask(api, "OPTIONS", "/x")
    assert (answer.status, invoker.asked) == (200, [])
    assert dict(answer.headers) == {
        b"content-type": b"application/json",
        ALLOW.encode(): ORIGIN.encode(),
        b"access-control-allow-methods": b"GET,OPTIONS",
        b"access-control-allow-headers": b"x-a",
        b"access-control-max-age": b"600",
    }
    assert header(ask(api, "GET", "/x", {"Origin": ORIGIN}), ALLOW) is None


def test_a_text_is_the_origin_and_any_method_is_all_of_them(tmp_path: Path) -> None:
    events = "E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: ANY, Path: /x } }"
    answer = ask(gateway(read(tmp_path, rest("""Cors: "'*'" """, events)), FakeInvoker({})), "OPTIONS", "/x")
    assert header(answer, ALLOW) == "*"
    assert header(answer, "access-control-allow-methods") == "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"


def test_an_options_route_of_the_template_goes_before_the_mock(tmp_path: Path) -> None:
    events = "E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: OPTIONS, Path: /x } }"
    api = gateway(read(tmp_path, rest("""Cors: "'*'" """, events)), FakeInvoker({"F": lambda _: OK}))
    assert ask(api, "OPTIONS", "/x").body == b"ok"


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0, deflate", "deflate"),
        ("*", "gzip"),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip;q=odd", None),
    ],
)
def test_the_encoding_is_one_that_the_client_accepts(accept: str, encoding: str | None) -> None:
    assert accepted(accept) == encoding


def test_an_answer_from_the_minimum_on_is_compressed_for_who_accepts_it(tmp_path: Path) -> None:
    bodies = {"/small": "x" * 99, "/large": "x" * 100, "/huge": "x" * 100_000}
    events = "E: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: '/{proxy+}' } }"
    invoker = FakeInvoker({"F": lambda event: {"statusCode": 200, "body": bodies[event["path"]]}})
    api = gateway(read(tmp_path, rest("MinimumCompressionSize: 100", events)), invoker)
    for path, body in bodies.items():
        answer = ask(api, "GET", path, {"Accept-Encoding": "gzip"})
        is_compressed = path != "/small"
        assert header(answer, "content-encoding") == ("gzip" if is_compressed else None)
        assert (gzip.decompress(answer.body) if is_compressed else answer.body) == body.encode()
    assert zlib.decompress(ask(api, "GET", "/large", {"Accept-Encoding": "deflate"}).body) == b"x" * 100
    assert ask(api, "GET", "/large").body == b"x" * 100


def test_an_answer_that_is_encoded_already_is_not_compressed(tmp_path: Path) -> None:
    encoded = {"statusCode": 200, "body": "eA==", "isBase64Encoded": True, "headers": {"Content-Encoding": "br"}}
    api = gateway(read(tmp_path, rest("MinimumCompressionSize: 0")), FakeInvoker({"F": lambda _: encoded}))
    answer = ask(api, "GET", "/x", {"Accept-Encoding": "gzip"})
    assert (header(answer, "content-encoding"), answer.body) == ("br", b"x")
