"""The API Gateway REST proxy event (payload version 1.0) of a request.

Source: "Input format of a Lambda function for proxy integration" in the API Gateway developer guide.
"""

import time
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl
from uuid import uuid4

from local.apigateway.requests import HttpRequest
from local.template.intrinsics import ACCOUNT_ID

API_ID = "recours"
STAGE = "local"
BINARY_TYPES = ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf", "application/zip")


def build_event(
    request: HttpRequest, resource: str, path_parameters: Mapping[str, str], request_id: str | None = None
) -> dict[str, object]:
    """The event for the route `resource`, e.g. `/claims/{claim_id}`. `request_id` is made where there is none."""
    headers, multi_headers = _headers(request)
    query, multi_query = _query(request.query)
    body, encoded = _body(request.body, headers)
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": multi_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_query,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": None,
        "requestContext": _context(request, resource, headers.get("user-agent"), request_id or str(uuid4())),
        "body": body,
        "isBase64Encoded": encoded,
    }


def _context(request: HttpRequest, resource: str, user_agent: str | None, request_id: str) -> dict[str, object]:
    now = time.time()
    return {
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": request.header(b"host").partition(":")[0],
        "domainPrefix": API_ID,
        "extendedRequestId": request_id,
        "httpMethod": request.method,
        "identity": _identity(request.client_host, user_agent),
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request_id,
        "requestTime": _request_time(int(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": resource,
        "resourcePath": resource,
        "stage": STAGE,
    }


def _identity(source_ip: str, user_agent: str | None) -> dict[str, str | None]:
    return {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": source_ip,
        "user": None,
        "userAgent": user_agent,
        "userArn": None,
    }


@lru_cache(maxsize=2)  # the format is costly, and a second has thousands of requests
def _request_time(epoch_s: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(epoch_s))


def _headers(request: HttpRequest) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The last value of each header, and all of them. API Gateway adds how it was reached itself."""
    multi: dict[str, list[str]] = {}
    for name, value in request.headers:
        multi.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    forwarded = multi.get("x-forwarded-for")
    multi["x-forwarded-for"] = [f"{forwarded[-1]}, {request.client_host}" if forwarded else request.client_host]
    multi.setdefault("x-forwarded-port", [str(request.server_port)])
    multi.setdefault("x-forwarded-proto", ["http"])
    return {name: values[-1] for name, values in multi.items()}, multi


def _query(query: str) -> tuple[dict[str, str] | None, dict[str, list[str]] | None]:
    if not query:
        return None, None
    multi: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        multi.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in multi.items()} or None, multi or None


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str | None, bool]:
    """The body as text, or as base64 where it is said to be, or turns out to be, no text. Second: is it base64."""
    if not body:
        return None, False
    content_type = headers.get("content-type", "")
    if not content_type.startswith(BINARY_TYPES) and "content-encoding" not in headers:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode(), True
