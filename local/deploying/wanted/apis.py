"""The REST APIs of a template, from what `local.template` read of them."""

from collections.abc import Mapping

from local.deploying.errors import DeployError
from local.deploying.wanted.model import Authorizer, Method, RestApi
from local.deploying.wanted.names import Names
from local.template import Template
from local.template.model import Api
from local.template.model import Authorizer as TemplateAuthorizer

_SOURCES = {
    "header": "method.request.header",
    "query": "method.request.querystring",
    "context": "context",
    "stage": "stageVariables",
}


def read_apis(template: Template, arns: Mapping[str, str], names: Names) -> tuple[RestApi, ...]:
    """The APIs, each with its methods. `arns` are the functions' by logical id. Raises DeployError for HTTP APIs."""
    for api in template.apis.values():
        if api.kind != "rest":
            raise DeployError(
                f"{api.name} is an HTTP API, which --target localstack does not make; "
                "give its events Type: Api, or deploy with --target aws"
            )
    return tuple(_api(template, api, arns, names) for api in template.apis.values())


def left_out_of(api: Api) -> list[str]:
    """What an API has and is not made here."""
    parts = {"Cors": api.cors is not None, "GatewayResponses": bool(api.gateway_responses)}
    return [f"{api.name}.{name}" for name, is_there in parts.items() if is_there]


def _api(template: Template, api: Api, arns: Mapping[str, str], names: Names) -> RestApi:
    methods = [
        Method(route.path, route.method, arns[function.name], route.authorizer, route.timeout_ms)
        for function in template.functions
        for route in function.routes
        if route.api == api.name
    ]
    return RestApi(
        logical=api.name,
        name=names.of(api.name),
        description=template.description,
        stage=api.stage,
        methods=tuple(methods),
        authorizers=tuple(_authorizer(one, arns) for one in api.authorizers),
        variables=api.stage_variables,
        binary_types=api.binary_types,
        compression_bytes_min=api.compression_bytes_min,
    )


def _authorizer(one: TemplateAuthorizer, arns: Mapping[str, str]) -> Authorizer:
    return Authorizer(
        one.name,
        one.kind,
        one.function,
        arns[one.function],
        ",".join(map(_source, one.identity)),
        one.validation,
        one.ttl_s,
    )


def _source(identity: str) -> str:
    """`header:authorization` as API Gateway writes it: `method.request.header.authorization`. Headers have no case."""
    prefix, _, name = identity.partition(":")
    return f"{_SOURCES[prefix]}.{name}"
