"""APIs of a template: the ones that it names, the implicit ones, and who may call their routes."""

from pathlib import Path

import pytest

from local.template import TemplateError
from local.template.model import Api, Authorizer, Cors, GatewayResponse, Route
from tests.unit.local.gateway_world import read

IDENTITY = "{ Headers: [Auth], QueryStrings: [q], Context: [identity.sourceIp], StageVariables: [v] }"
FUNCTIONS = """
A: { Type: AWS::Serverless::Function }
"""


def api(folder: Path, properties: str, kind: str = "Api") -> Api:
    stage = "StageName: v1, " if kind == "Api" else ""
    resources = f"Api: {{ Type: AWS::Serverless::{kind}, Properties: {{ {stage}{properties} }} }}{FUNCTIONS}"
    return read(folder, resources).apis["Api"]


def authorizer(folder: Path, properties: str, kind: str = "Api") -> Authorizer:
    one = f"Auth: {{ Authorizers: {{ Mine: {{ FunctionArn: !GetAtt A.Arn, {properties} }} }} }}"
    (found,) = api(folder, one, kind).authorizers
    return found


def routes(folder: Path, event: str, auth: str = "{}") -> tuple[Route, ...]:
    resources = f"""
    Api: {{ Type: AWS::Serverless::Api, Properties: {{ StageName: v1, Auth: {auth} }} }}
    Http: {{ Type: AWS::Serverless::HttpApi }}
    A: {{ Type: AWS::Serverless::Function }}
    F: {{ Type: AWS::Serverless::Function, Properties: {{ Events: {{ E: {event} }} }} }}
    """
    return read(folder, resources).function("F").routes


def test_events_that_name_no_api_belong_to_the_implicit_ones_with_the_globals(tmp_path: Path) -> None:
    head = """
    Globals:
      Function: { Runtime: python3.13, Handler: app.handler }
      Api: { Cors: "'*'", Auth: { DefaultAuthorizer: Mine, Authorizers: { Mine: { FunctionArn: !GetAtt A.Arn } } } }
      HttpApi: { CorsConfiguration: true }
    """
    resources = """
    A: { Type: AWS::Serverless::Function }
    F:
      Type: AWS::Serverless::Function
      Properties:
        Events:
          One: { Type: Api, Properties: { Method: GET, Path: /x } }
          Two: { Type: HttpApi, Properties: { Method: GET, Path: /x } }
    """
    template = read(tmp_path, resources, head)
    rest, http = template.apis["ServerlessRestApi"], template.apis["ServerlessHttpApi"]
    assert (rest.kind, rest.stage, http.kind, http.stage) == ("rest", "Prod", "http", "$default")
    assert rest.cors == http.cors == Cors(allow_origins=("*",))
    assert [route.authorizer for route in template.function("F").routes] == ["Mine", None]
    assert [route.payload_version for route in template.function("F").routes] == ["1.0", "2.0"]


def test_an_implicit_api_that_no_event_needs_is_not_there(tmp_path: Path) -> None:
    head = "Globals: { Function: { Runtime: python3.13, Handler: a.b }, Api: { Cors: unquoted } }\n"
    assert read(tmp_path, FUNCTIONS.strip(), head).apis == {}
    event = "A: { Type: AWS::Serverless::Function, Properties: { Events: { E: "
    with pytest.raises(TemplateError, match=r"Globals\.Api\.Cors"):
        read(tmp_path, event + "{ Type: Api, Properties: { Method: GET, Path: /x } } } } }", head)


def test_an_event_without_path_and_method_is_the_default_route(tmp_path: Path) -> None:
    (route,) = routes(tmp_path, "{ Type: HttpApi, Properties: { ApiId: !Ref Http } }")
    assert (route.method, route.path, route.api) == ("ANY", "$default", "Http")


@pytest.mark.parametrize(
    ("auth", "expected"), [("{}", "Mine"), ("{ Authorizer: NONE }", None), ("{ Authorizer: Other }", "Other")]
)
def test_an_event_has_the_apis_default_authorizer_unless_it_names_another(
    tmp_path: Path, auth: str, expected: str | None
) -> None:
    one = "FunctionArn: !GetAtt A.Arn"
    of_api = f"{{ DefaultAuthorizer: Mine, Authorizers: {{ Mine: {{ {one} }}, Other: {{ {one} }} }} }}"
    event = f"{{ Type: Api, Properties: {{ RestApiId: !Ref Api, Method: GET, Path: /x, Auth: {auth} }} }}"
    (route,) = routes(tmp_path, event, of_api)
    assert route.authorizer == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("FunctionInvokeRole: r", Authorizer("Mine", "A", "TOKEN", "1.0")),
        (
            "Identity: { Header: X-Token, ValidationExpression: 'a+', ReauthorizeEvery: 9 }",
            Authorizer("Mine", "A", "TOKEN", "1.0", identity=("header:x-token",), validation="a+", ttl_s=9),
        ),
        (
            f"FunctionPayloadType: REQUEST, Identity: {IDENTITY}",
            Authorizer(
                "Mine",
                "A",
                "REQUEST",
                "1.0",
                identity=("header:auth", "query:q", "context:identity.sourceIp", "stage:v"),
            ),
        ),
        (
            "FunctionPayloadType: REQUEST, Identity: { ReauthorizeEvery: 0 }",
            Authorizer("Mine", "A", "REQUEST", "1.0", identity=(), ttl_s=0),
        ),
    ],
)
def test_an_authorizer_of_a_rest_api_is_read(tmp_path: Path, properties: str, expected: Authorizer) -> None:
    assert authorizer(tmp_path, properties) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            "AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, Identity: { Headers: [A] }",
            Authorizer("Mine", "A", "REQUEST", "2.0", simple_answers=True, identity=("header:a",)),
        ),
        (
            "AuthorizerPayloadFormatVersion: 1.0",
            Authorizer("Mine", "A", "REQUEST", "1.0", identity=(), ttl_s=0),
        ),
    ],
)
def test_an_authorizer_of_an_http_api_is_read(tmp_path: Path, properties: str, expected: Authorizer) -> None:
    assert authorizer(tmp_path, properties, "HttpApi") == expected


@pytest.mark.parametrize(
    ("kind", "properties", "named"),
    [
        ("Api", "UserPoolArn: x", "Mine.UserPoolArn: a Cognito"),
        ("HttpApi", "JwtConfiguration: {}", "Mine.JwtConfiguration: a JWT"),
        ("HttpApi", "EnableSimpleResponses: true", "AuthorizerPayloadFormatVersion"),
        ("Api", "FunctionPayloadType: REQUEST", "Mine.Identity"),
        ("Api", "FunctionPayloadType: OTHER", "FunctionPayloadType"),
        ("Api", "Identity: { Headers: [A] }", "Identity.Headers"),
        ("Api", "Identity: { ReauthorizeEvery: 3601 }", "ReauthorizeEvery"),
        ("Api", "Identity: { ValidationExpression: '(' }", "ValidationExpression"),
    ],
)
def test_an_authorizer_that_the_emulator_has_not_is_refused_by_name(
    tmp_path: Path, kind: str, properties: str, named: str
) -> None:
    with pytest.raises(TemplateError, match=named):
        authorizer(tmp_path, properties, kind)


@pytest.mark.parametrize(
    ("kind", "properties", "named"),
    [
        ("Api", "Auth: { ApiKeyRequired: true }", "ApiKeyRequired"),
        ("Api", "Auth: { DefaultAuthorizer: AWS_IAM }", "IAM"),
        ("Api", "Auth: { DefaultAuthorizer: Nobody }", "Nobody"),
        ("HttpApi", "Auth: { EnableIamAuthorizer: true }", "EnableIamAuthorizer"),
        ("Api", "Auth: { Authorizers: { M: { FunctionArn: arn:aws:lambda:x } } }", "M.FunctionArn"),
        ("Api", "Cors: '*'", "single quotes"),
        ("Api", "Cors: { AllowOrigins: [x] }", "Cors.AllowOrigins"),
        ("HttpApi", "CorsConfiguration: { AllowOrigins: ['*'], AllowCredentials: true }", "AllowCredentials"),
        ("Api", "MinimumCompressionSize: -1", "MinimumCompressionSize"),
        ("Api", "GatewayResponses: { lower: {} }", "GatewayResponses.lower"),
        ("HttpApi", "BinaryMediaTypes: [x]", "Api.Properties.BinaryMediaTypes"),
    ],
)
def test_an_api_that_cannot_be_emulated_is_refused_by_name(
    tmp_path: Path, kind: str, properties: str, named: str
) -> None:
    with pytest.raises(TemplateError, match=named):
        api(tmp_path, properties, kind)


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ("{ Type: Api, Properties: { RestApiId: !Ref Http, Method: GET, Path: /x } }", "other kind"),
        ("{ Type: Api, Properties: { RestApiId: elsewhere, Method: GET, Path: /x } }", "elsewhere"),
        ("{ Type: Api, Properties: { Method: GET, Path: /x, Auth: { ApiKeyRequired: true } } }", "ApiKeyRequired"),
        ("{ Type: Api, Properties: { Method: GET, Path: /x, Auth: { Authorizer: AWS_IAM } } }", "IAM"),
        ("{ Type: Api, Properties: { Method: GET, Path: /x, Auth: { Authorizer: Nobody } } }", "Nobody"),
        ("{ Type: Api, Properties: { Method: GET, Path: /x, RequestModel: { ValidateBody: true } } }", "ValidateBody"),
        ("{ Type: Api, Properties: { Method: GET, Path: /x, TimeoutInMillis: 30000 } }", "TimeoutInMillis"),
        ("{ Type: HttpApi, Properties: { Method: GET } }", "Path"),
    ],
)
def test_an_event_that_cannot_be_emulated_is_refused_by_name(tmp_path: Path, event: str, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        routes(tmp_path, event)


def test_the_same_route_twice_in_one_api_is_refused(tmp_path: Path) -> None:
    event = "{ Type: Api, Properties: { Method: GET, Path: /x } }"
    with pytest.raises(TemplateError, match="GET /x is the route of"):
        routes(tmp_path, f"{event}, E2: {event}")


def test_what_an_api_adds_to_answers_is_read(tmp_path: Path) -> None:
    properties = """
        Cors: { AllowOrigin: "'https://a'", AllowMethods: "'GET'", AllowHeaders: "'x'", MaxAge: 60,
                AllowCredentials: true },
        BinaryMediaTypes: [image~1png], MinimumCompressionSize: 1024, Variables: { V: 1 },
        GatewayResponses: { DEFAULT_4XX: { StatusCode: 400, ResponseParameters: { Headers: { X-A: "'b'" } } } }
    """
    found = api(tmp_path, " ".join(properties.split()))
    assert found.cors == Cors(("https://a",), "GET", "x", max_age_s=60, allow_credentials=True)
    assert (found.binary_types, found.compression_bytes_min) == (("image/png",), 1024)
    assert found.stage_variables == {"V": "1"}
    assert found.gateway_responses == {"DEFAULT_4XX": GatewayResponse(400, {"x-a": "b"})}
