"""The answers of the Lambda API: JSON, or nothing, each with the id of its request."""

from collections.abc import Mapping
from http import HTTPStatus

from local.apigateway.answers import HttpAnswer


def json_answer(
    request_id: str, status: HTTPStatus, body: bytes, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """An answer whose body is JSON text."""
    return HttpAnswer(
        status, _headers({"x-amzn-requestid": request_id, "content-type": "application/json"}, headers), body
    )


def empty_answer(request_id: str, status: HTTPStatus) -> HttpAnswer:
    """An answer without a body."""
    return HttpAnswer(status, _headers({"x-amzn-requestid": request_id}), b"")


def _headers(named: Mapping[str, str], more: Mapping[str, str] | None = None) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in {**named, **(more or {})}.items()]
