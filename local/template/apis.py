"""The APIs of a template: its API resources, and the implicit ones of events that name none."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from local.template.authorizers import Auth, read_auth
from local.template.cors import read_http_cors, read_rest_cors, unquoted
from local.template.model import Api, ApiKind, GatewayResponse, TemplateError
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.shapes import number_of, refuse_unknown, text_of, texts_of

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
COMPRESSION_BYTES_MAX = 10_485_760
IMPLICIT: Mapping[ApiKind, str] = {"rest": "ServerlessRestApi", "http": "ServerlessHttpApi"}
IMPLICIT_STAGE: Mapping[ApiKind, str] = {"rest": "Prod", "http": "$default"}
RESPONSE_TYPES = re.compile(r"[A-Z][A-Z0-9_]*")
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class ReadApi:
    """An API, and the authorizer of its routes that name none."""

    api: Api
    default_authorizer: str | None
    authorizer_names: frozenset[str]
    """As written, those among them that could not be read."""


def read_api(name: str, kind: ApiKind, given: Properties, functions: Collection[str], problems: Problems) -> ReadApi:
    """An API from its properties with the globals merged. What is wrong goes to `problems`."""
    auth = read_auth(given, kind, functions, problems)
    stage = problems.attempt(IMPLICIT_STAGE[kind], _stage, kind, given)
    read = _rest if kind == "rest" else _http
    return ReadApi(read(name, stage, given, auth, problems), auth.default, auth.names)


def _rest(name: str, stage: str, given: Properties, auth: Auth, problems: Problems) -> Api:
    return Api(
        name,
        "rest",
        stage,
        authorizers=auth.authorizers,
        cors=problems.attempt(None, read_rest_cors, given),
        binary_types=problems.attempt((), _binary_types, given),
        compression_bytes_min=problems.attempt(None, _compression, given),
        preflight_authorizer=auth.preflight,
        stage_variables=problems.attempt({}, _variables, given, "Variables"),
        gateway_responses=problems.attempt({}, _gateway_responses, given),
    )


def _http(name: str, stage: str, given: Properties, auth: Auth, problems: Problems) -> Api:
    return Api(
        name,
        "http",
        stage,
        authorizers=auth.authorizers,
        cors=problems.attempt(None, read_http_cors, given),
        stage_variables=problems.attempt({}, _variables, given, "StageVariables"),
    )


def _stage(kind: ApiKind, given: Properties) -> str:
    return text_of(given.get("StageName", IMPLICIT_STAGE[kind]), given.place("StageName"))


def _binary_types(given: Properties) -> tuple[str, ...]:
    place = given.place("BinaryMediaTypes")
    return tuple(one.replace("~1", "/") for one in texts_of(given.get("BinaryMediaTypes"), place))


def _compression(given: Properties) -> int | None:
    value = given.get("MinimumCompressionSize")
    if value is None:
        return None
    return number_of(value, given.place("MinimumCompressionSize"), least=0, most=COMPRESSION_BYTES_MAX)


def _variables(given: Properties, name: str) -> dict[str, str]:
    variables = given.below(name)
    return {one: text_of(variables.get(one, ""), variables.place(one)) for one in variables}


def _gateway_responses(given: Properties) -> dict[str, GatewayResponse]:
    responses = given.below("GatewayResponses")
    return {name: _gateway_response(name, responses.below(name)) for name in responses}


def _gateway_response(name: str, given: Properties) -> GatewayResponse:
    if not RESPONSE_TYPES.fullmatch(name):
        raise TemplateError(f"{given.where}: a response type is needed, like DEFAULT_4XX")
    # The bodies are problems here, in the shape that every refusal of the emulator has.
    refuse_unknown(given, ("ResponseParameters", "ResponseTemplates", "StatusCode"), given.where)
    parameters = given.below("ResponseParameters")
    refuse_unknown(parameters, ("Headers",), parameters.where)
    headers = parameters.below("Headers")
    status = given.get("StatusCode")
    return GatewayResponse(
        status=None if status is None else number_of(status, given.place("StatusCode"), least=200, most=599),
        headers={one.lower(): _header(headers, one) for one in headers},
    )


def _header(headers: Properties, name: str) -> str:
    value = unquoted(headers.get(name), headers.place(name))
    if not _HEADER.fullmatch(name) or not value.isprintable():
        raise TemplateError(f"{headers.place(name)}: not a header")
    return value
