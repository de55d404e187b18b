"""The proxy event of payload version 1.0: what every REST API sends, and an HTTP API where an event asks for it.

Source: "Input format of a Lambda function for proxy integration" and "Create AWS Lambda proxy integrations for HTTP
APIs" in the API Gateway developer guide.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from uuid import uuid4

from local.apigateway.bodies import event_body
from local.apigateway.queries import query_values
from local.apigateway.requests import HttpRequest
from local.template.arns import ACCOUNT_ID
from local.template.model import Api

API_ID = "recours"
STAGE = "local"
# What stands for the API of a route that names none that the template has: only a template made by hand has such.
NO_API = Api(API_ID, "rest", STAGE)

Event = dict[str, object]
Facts = Mapping[str, object]


def build_event(
    request: HttpRequest,
    resource: str,
    path_parameters: Mapping[str, str],
    request_id: str | None = None,
    *,
    api: Api = NO_API,
    authorized: Facts | None = None,
) -> Event:
    """The event for the route `resource`, e.g. `/claims/{claim_id}`. `request_id` is made where there is none.

    `authorized` is what the authorizer told, where there is one.
    """
    body, encoded = event_body(request, api)
    event = request_facts(request, resource, path_parameters, request_id or str(uuid4()), api)
    if authorized is not None:
        event["requestContext"]["authorizer"] = authorized  # type: ignore[index]
    event["body"] = body
    event["isBase64Encoded"] = encoded
    return event


def request_facts(
    request: HttpRequest, resource: str, path_parameters: Mapping[str, str], request_id: str, api: Api
) -> Event:
    """The event but for the body: what an authorizer is told."""
    multi_headers = _headers(request, api)
    multi_query = query_values(request.query) if request.query else None
    path = request.path
    event: Event = {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in multi_headers.items()},
        "multiValueHeaders": multi_headers,
        "queryStringParameters": {name: values[-1] for name, values in multi_query.items()} if multi_query else None,
        "multiValueQueryStringParameters": multi_query or None,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": api.stage_variables or None,
        "requestContext": _context(request, resource, request_id, api),
    }
    if api.kind == "http":
        event["path"] = staged(path, api)
        event["version"] = "1.0"
    return event


def staged(path: str, api: Api) -> str:
    """The path as it stands at the API's own address: behind its stage, unless that is `$default`."""
    return path if api.stage == "$default" else f"/{api.stage}{path}"


def forwarded_for(request: HttpRequest) -> str:
    """Who forwarded the request before, and who sent it here."""
    before = [value for name, value in request.headers if name == b"x-forwarded-for"]
    return f"{before[-1].decode('latin-1')}, {request.client_host}" if before else request.client_host


def _context(request: HttpRequest, resource: str, request_id: str, api: Api) -> Event:
    now = time.time()
    return {
        "accountId": ACCOUNT_ID,
        "apiId": api.name,
        "domainName": request.header(b"host").partition(":")[0],
        "domainPrefix": api.name,
        "extendedRequestId": request_id,
        "httpMethod": request.method,
        "identity": _identity(request),
        "path": staged(request.path, api),
        "protocol": request.protocol,
        "requestId": request_id,
        "requestTime": request_time(int(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": resource,
        "resourcePath": resource,
        "stage": api.stage,
    }


def _identity(request: HttpRequest) -> dict[str, str | None]:
    return {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": request.client_host,
        "user": None,
        "userAgent": request.header(b"user-agent") or None,
        "userArn": None,
    }


@lru_cache(maxsize=2)  # the format is costly, and a second has thousands of requests
def request_time(epoch_s: int) -> str:
    """A moment as API Gateway writes it: `08/Jul/2025:14:30:00 +0000`."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(epoch_s))


def _headers(request: HttpRequest, api: Api) -> dict[str, list[str]]:
    """All values of each header. API Gateway adds how it was reached itself.

    A REST API hands on the names as the client wrote them, an HTTP API in lower case. Where the server in front tells
    lower case only, as HTTP/2 does everywhere, a REST API has no other either.
    """
    written = request.written_names if api.kind == "rest" else None
    multi: dict[str, list[str]] = {}
    if written is None:
        for key, value in request.headers:
            multi.setdefault(key.decode("latin-1"), []).append(value.decode("latin-1"))
        for_name, port_name, proto_name = "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"
    else:
        for name, (key, value) in zip(written, request.headers, strict=True):
            kept = _FORWARDED.get(key) or name.decode("latin-1")
            multi.setdefault(kept, []).append(value.decode("latin-1"))
        for_name, port_name, proto_name = _FORWARDED.values()
    forwarded = multi.get(for_name)
    multi[for_name] = [f"{forwarded[-1]}, {request.client_host}" if forwarded else request.client_host]
    multi.setdefault(port_name, [str(request.server_port)])
    multi.setdefault(proto_name, ["http"])
    return multi


_FORWARDED = {
    b"x-forwarded-for": "X-Forwarded-For",
    b"x-forwarded-port": "X-Forwarded-Port",
    b"x-forwarded-proto": "X-Forwarded-Proto",
}
