"""What an authorizer recognises a caller by: its identity sources, taken from a request.

Source: "Identity" of the authorizers in the AWS SAM developer guide, and "API Gateway mapping template and access
logging variable reference" for what `context` has.
"""

from collections.abc import Callable, Mapping

from local.apigateway.endpoints import Endpoint
from local.apigateway.queries import query_values
from local.apigateway.requests import HttpRequest
from local.template.arns import ACCOUNT_ID

Identity = tuple[str, ...]

# The variables that are the same for the calls that an answer is remembered for.
_CONTEXT: Mapping[str, Callable[[HttpRequest, Endpoint], str]] = {
    "accountId": lambda _request, _endpoint: ACCOUNT_ID,
    "apiId": lambda _request, endpoint: endpoint.api.name,
    "domainName": lambda request, _endpoint: request.header(b"host").partition(":")[0],
    "http.method": lambda request, _endpoint: request.method,
    "http.path": lambda request, _endpoint: request.path,
    "http.sourceIp": lambda request, _endpoint: request.client_host,
    "http.userAgent": lambda request, _endpoint: request.header(b"user-agent"),
    "httpMethod": lambda request, _endpoint: request.method,
    "identity.sourceIp": lambda request, _endpoint: request.client_host,
    "identity.userAgent": lambda request, _endpoint: request.header(b"user-agent"),
    "path": lambda request, _endpoint: request.path,
    "protocol": lambda request, _endpoint: request.protocol,
    "resourcePath": lambda _request, endpoint: endpoint.route.path,
    "routeKey": lambda _request, endpoint: endpoint.route_key,
    "stage": lambda _request, endpoint: endpoint.api.stage,
}


def identity_of(sources: tuple[str, ...], request: HttpRequest, endpoint: Endpoint) -> Identity | None:
    """The value of each source; None where one is missing or empty: such a caller is refused without asking."""
    values = tuple(_value(source, request, endpoint) for source in sources)
    return values if all(values) else None


def _value(source: str, request: HttpRequest, endpoint: Endpoint) -> str:
    kind, _, name = source.partition(":")
    match kind:
        case "header":
            return request.header(name.encode("latin-1"))
        case "query":
            return query_values(request.query).get(name, [""])[-1] if request.query else ""
        case "stage":
            return endpoint.api.stage_variables.get(name, "")
        case _:
            return _CONTEXT[name](request, endpoint) if name in _CONTEXT else ""
