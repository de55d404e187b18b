"""The proxy event of payload version 2.0, an HTTP API's own: values joined, cookies apart, what is absent left away.

Source: "Create AWS Lambda proxy integrations for HTTP APIs" in the API Gateway developer guide.
"""

import time
from collections.abc import Mapping

from local.apigateway.bodies import event_body
from local.apigateway.events import Event, Facts, forwarded_for, request_time, staged
from local.apigateway.queries import query_values
from local.apigateway.requests import HttpRequest
from local.template.arns import ACCOUNT_ID
from local.template.model import Api


def build_http_event(
    request: HttpRequest,
    route_key: str,
    path_parameters: Mapping[str, str],
    request_id: str,
    *,
    api: Api,
    authorized: Facts | None = None,
) -> Event:
    """The event for a route, e.g. `GET /claims/{claim_id}`. `authorized` is what the authorizer told, if any did."""
    event = http_request_facts(request, route_key, path_parameters, request_id, api)
    if authorized is not None:
        event["requestContext"]["authorizer"] = authorized  # type: ignore[index]
    body, encoded = event_body(request, api)
    if body is not None:
        event["body"] = body
    event["isBase64Encoded"] = encoded
    return event


def http_request_facts(
    request: HttpRequest, route_key: str, path_parameters: Mapping[str, str], request_id: str, api: Api
) -> Event:
    """The event but for the body: what an authorizer is told."""
    headers, cookies = _headers(request)
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": staged(request.path, api),
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, route_key, request_id, api, headers),
    }
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = {name: ",".join(each) for name, each in query_values(request.query).items()}
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if api.stage_variables:
        event["stageVariables"] = api.stage_variables
    return event


def _context(request: HttpRequest, route_key: str, request_id: str, api: Api, headers: Mapping[str, str]) -> Event:
    now = time.time()
    return {
        "accountId": ACCOUNT_ID,
        "apiId": api.name,
        "domainName": headers.get("host", "").partition(":")[0],
        "domainPrefix": api.name,
        "http": {
            "method": request.method,
            "path": staged(request.path, api),
            "protocol": request.protocol,
            "sourceIp": request.client_host,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": api.stage,
        "time": request_time(int(now)),
        "timeEpoch": int(now * 1000),
    }


def _headers(request: HttpRequest) -> tuple[dict[str, str], list[str]]:
    """The headers, several values of one joined by commas, and the cookies, which stand apart."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for key, raw in request.headers:
        name, value = key.decode("latin-1"), raw.decode("latin-1")
        if name == "cookie":
            cookies += [cookie for part in value.split(";") if (cookie := part.strip())]
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    headers["x-forwarded-for"] = forwarded_for(request)
    headers.setdefault("x-forwarded-port", str(request.server_port))
    headers.setdefault("x-forwarded-proto", "http")
    return headers, cookies
