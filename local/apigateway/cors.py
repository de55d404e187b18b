"""What browsers of other origins are told: an HTTP API answers preflights itself and adds headers to each answer; a
REST API answers preflights as SAM's mock does, and leaves the answers to the functions.

Source: "Configure CORS for HTTP APIs in API Gateway", and the property CorsConfiguration of AWS SAM's API resources.
"""

from dataclasses import replace

from local.apigateway.answers import Headers, HttpAnswer
from local.apigateway.requests import HttpRequest
from local.template.model import Cors

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PREFIX = b"access-control-"


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what it may do."""
    return bool(
        request.method == "OPTIONS" and request.header(b"origin") and request.header(b"access-control-request-method")
    )


def rest_preflight(cors: Cors, methods: str) -> HttpAnswer:
    """What SAM's mock integration answers. `methods` are those of the path, where `Cors` names none."""
    headers = [(b"content-type", b"application/json"), (b"access-control-allow-origin", _raw(cors.allow_origins[0]))]
    return HttpAnswer(200, headers + _permissions(replace(cors, allow_methods=cors.allow_methods or methods)), b"{}\n")


def http_preflight(cors: Cors, request: HttpRequest) -> HttpAnswer:
    """What an HTTP API answers: permissions for an origin that is allowed, and nothing for another."""
    origin = allowed_origin(cors, request.header(b"origin"))
    if origin is None:
        return HttpAnswer(204, [], b"")
    return HttpAnswer(204, [(b"access-control-allow-origin", _raw(origin)), *_permissions(cors)], b"")


def with_cors(answer: HttpAnswer, cors: Cors, origin: str) -> HttpAnswer:
    """An HTTP API's answer to a request of `origin`, empty for none. What the function says of CORS is ignored."""
    headers = [header for header in answer.headers if not header[0].startswith(_PREFIX)]
    allowed = allowed_origin(cors, origin)
    if allowed is not None:
        headers.append((b"access-control-allow-origin", _raw(allowed)))
        if cors.expose_headers:
            headers.append((b"access-control-expose-headers", _raw(cors.expose_headers)))
        if cors.allow_credentials:
            headers.append((b"access-control-allow-credentials", b"true"))
    return replace(answer, headers=headers)


def allowed_origin(cors: Cors, origin: str) -> str | None:
    """`Access-Control-Allow-Origin` for an origin; None where it is not allowed. `https://*` allows every such one."""
    if not origin:
        return None
    if "*" in cors.allow_origins:
        return "*"
    scheme = origin.partition("://")[0]
    return origin if {origin, f"{scheme}://*"} & set(cors.allow_origins) else None


def path_methods(methods: frozenset[str]) -> str:
    """`Access-Control-Allow-Methods` of a path with these methods, as SAM makes it."""
    return ",".join(METHODS if "ANY" in methods else sorted(methods | {"OPTIONS"}))


def _permissions(cors: Cors) -> Headers:
    texts = {
        b"access-control-allow-methods": cors.allow_methods,
        b"access-control-allow-headers": cors.allow_headers,
        b"access-control-max-age": "" if cors.max_age_s is None else str(cors.max_age_s),
        b"access-control-allow-credentials": "true" if cors.allow_credentials else "",
    }
    return [(name, _raw(text)) for name, text in texts.items() if text]


def _raw(text: str) -> bytes:
    return text.encode("latin-1", "replace")
