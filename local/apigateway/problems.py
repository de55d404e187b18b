"""The answers that no function gave: RFC 9457 problems, in the shape that every service uses."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import BODY_BYTES_MAX, Scope, correlation_of
from local.apigateway.router import NoRouteError, WrongMethodError


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    instance: str,
    correlation_id: str,
    headers: Mapping[str, str] | None = None,
) -> HttpAnswer:
    """A problem+json answer. `detail` is a short sentence for a person; `instance` the path that was asked for."""
    body = {
        "type": f"urn:recours:problem:{status.phrase.lower().replace(' ', '-')}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "correlation_id": correlation_id,
        "error": detail,
    }
    own = {"content-type": "application/problem+json", "x-correlation-id": correlation_id, **(headers or {})}
    encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in own.items()]
    return HttpAnswer(int(status), encoded, orjson.dumps(body))


def refused(scope: Scope, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A problem about a request that reached no function."""
    return problem(
        status,
        detail,
        instance=scope["raw_path"].decode("latin-1"),
        correlation_id=correlation_of(scope["headers"]),
        headers=headers,
    )


def no_route(scope: Scope, error: NoRouteError | WrongMethodError) -> HttpAnswer:
    """404 for a path that no route has, 405 with `Allow` for one that has other methods."""
    path = scope["raw_path"].decode("latin-1")
    if isinstance(error, WrongMethodError):
        detail = f"{path} does not take {scope['method']}, but {error.allow}"
        return refused(scope, HTTPStatus.METHOD_NOT_ALLOWED, detail, {"allow": error.allow})
    return refused(scope, HTTPStatus.NOT_FOUND, f"There is nothing at {path}")


def too_large(scope: Scope) -> HttpAnswer:
    """413 for a body over API Gateway's limit. What is left of the body is not read, so the connection ends."""
    detail = f"The body is over API Gateway's limit of {BODY_BYTES_MAX} bytes"
    return refused(scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, {"connection": "close"})
