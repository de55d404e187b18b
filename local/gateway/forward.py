"""A request as the gateway passes it on, and an answer as it passes it back."""

from local.apigateway.answers import Headers, HttpAnswer
from local.apigateway.requests import HttpRequest
from local.gateway.services import Service

# They speak of one connection, not of the message (RFC 9110, 7.6.1), or are set anew.
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
NOT_FORWARDED = HOP_BY_HOP | {b"content-length", b"expect", b"x-forwarded-prefix", b"x-forwarded-for"}
NOT_RETURNED = HOP_BY_HOP | {b"content-length", b"date"}


def forwarded(request: HttpRequest, service: Service) -> bytes:
    """The request for the service: the path without the base path, which `X-Forwarded-Prefix` tells instead."""
    path = request.path.removeprefix(service.base_path) or "/"
    target = f"{path}?{request.query}" if request.query else path
    lines = [f"{request.method} {target} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in request.headers if name not in NOT_FORWARDED]
    lines.append(f"x-forwarded-for: {_forwarded_for(request)}".encode("latin-1"))
    if service.base_path:
        lines.append(f"x-forwarded-prefix: {service.base_path}".encode())
    if request.body:
        lines.append(f"content-length: {len(request.body)}".encode())
    return b"\r\n".join([*lines, b"", request.body])


def returned(answer: HttpAnswer) -> HttpAnswer:
    """The service's answer for the client."""
    headers: Headers = [(name, value) for name, value in answer.headers if name not in NOT_RETURNED]
    return HttpAnswer(answer.status, headers, answer.body)


def _forwarded_for(request: HttpRequest) -> str:
    before = request.header(b"x-forwarded-for")
    return f"{before}, {request.client_host}" if before else request.client_host
