"""Requests that API Gateway hands on, and answers to them: headers, cookies, paths, queries, bodies."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from local.recording.substitutes import LOOPBACK, MASKED
from local.recording.texts import masked_inside
from local.recording.values import Masker

_SHOWN_HEADERS = """
    accept accept-encoding accept-language access-control-allow-headers access-control-allow-methods
    access-control-allow-origin access-control-request-headers access-control-request-method cache-control connection
    content-encoding content-type date etag expect host idempotency-key if-match if-modified-since if-none-match
    location prefer retry-after traceparent vary www-authenticate x-amzn-trace-id x-causation-id x-correlation-id
    x-forwarded-port x-forwarded-prefix x-forwarded-proto x-request-id
"""
_CONSTANT_HEADERS = {"user-agent": "recorded", "x-forwarded-for": LOOPBACK, "x-real-ip": LOOPBACK}
_SHOWN = frozenset(_SHOWN_HEADERS.split())
_FORM = "application/x-www-form-urlencoded"
_PATHS = ("path", "rawPath", "methodArn", "routeArn")
_TOLD = ("authorizationToken", "identitySource")


def is_http(event: Mapping[str, Any]) -> bool:
    """Whether it is a request: one for a function, or one for an authorizer."""
    return isinstance(event.get("requestContext"), dict) or "methodArn" in event or "routeArn" in event


def is_answer(value: Mapping[str, Any]) -> bool:
    """Whether it is a function's answer to a request."""
    return "statusCode" in value


def masked_request(event: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A request with all that tells of a person masked; a body that changed has its new length told."""
    masked: dict[str, Any] = masker.value({key: item for key, item in event.items() if key not in _OWN})
    masked |= {name: _credentials(event[name]) for name in _TOLD if name in event}
    masked |= _message(event, masker)
    parameters = _parameters(event, masker)
    if "pathParameters" in event:
        masked["pathParameters"] = parameters or event["pathParameters"]
    masked |= {name: _path(event[name], event, parameters, masker) for name in _PATHS if name in event}
    if "rawQueryString" in event:
        masked["rawQueryString"] = _query(str(event["rawQueryString"]), masker)
    if isinstance(event.get("requestContext"), dict):
        masked["requestContext"] = _context(event["requestContext"], event, parameters, masker)
    return {name: masked[name] for name in event if name in masked}


def masked_answer(answer: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A function's answer, masked."""
    masked: dict[str, Any] = masker.value({key: item for key, item in answer.items() if key not in _OWN})
    masked |= _message(answer, masker)
    return {name: masked[name] for name in answer}


_OWN = frozenset({*_PATHS, *_TOLD, "body", "cookies", "headers", "multiValueHeaders", "pathParameters"}) | {
    "rawQueryString",
    "requestContext",
}


def _message(given: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """Headers, cookies and body."""
    told: dict[str, Any] = {}
    body = given.get("body")
    masked_body = _body(body, given, masker) if isinstance(body, str) else masker.value(body)
    for name in ("headers", "multiValueHeaders"):
        if isinstance(given.get(name), dict):
            told[name] = {each: _header(each, item, masker) for each, item in given[name].items()}
            _tell_length(told[name], masked_body, is_base64=given.get("isBase64Encoded") is True)
        elif name in given:
            told[name] = None
    if "cookies" in given:
        told["cookies"] = [_cookie(str(cookie)) for cookie in given["cookies"] or ()]
    return told | ({"body": masked_body} if "body" in given else {})


def _header(name: str, value: Any, masker: Masker) -> Any:
    if isinstance(value, list):
        return [_header(name, item, masker) for item in value]
    lower = name.lower()
    if lower in _CONSTANT_HEADERS:
        return _CONSTANT_HEADERS[lower]
    if lower in ("cookie", "set-cookie"):
        return "; ".join(_cookie(part.strip()) for part in str(value).split(";"))
    if lower in _SHOWN:
        return _shown(str(value), masker)
    if lower == "content-length":
        return str(value)
    return _credentials(value) if lower == "authorization" else MASKED


def _shown(value: str, masker: Masker) -> str:
    return masked_inside(value, masker.substitutes) if value.isascii() else MASKED


def _tell_length(headers: dict[str, Any], body: Any, *, is_base64: bool) -> None:
    for name, value in headers.items():
        if name.lower() == "content-length" and isinstance(body, str):
            length = str(len(base64.b64decode(body) if is_base64 else body.encode()))
            headers[name] = [length] if isinstance(value, list) else length


def _cookie(cookie: str) -> str:
    name, equals, _ = cookie.partition("=")
    return f"{name}={MASKED}" if equals else MASKED


def _credentials(value: Any) -> Any:
    """`Bearer masked`: the scheme tells nothing of who sent it."""
    if isinstance(value, list):
        return [_credentials(item) for item in value]
    scheme, space, _ = str(value).partition(" ")
    return f"{scheme} {MASKED}" if space and scheme.isalpha() else MASKED


def _body(body: str, given: Mapping[str, Any], masker: Masker) -> str:
    if given.get("isBase64Encoded") is not True:
        return _plain_body(body, given, masker)
    try:
        plain = base64.b64decode(body, validate=True).decode()
    except (binascii.Error, ValueError):
        plain = MASKED  # no text: a picture, or compressed
    else:
        plain = _plain_body(plain, given, masker)
    return base64.b64encode(plain.encode()).decode()


def _plain_body(body: str, given: Mapping[str, Any], masker: Masker) -> str:
    headers = given.get("headers") or {}
    types = [str(value) for name, value in headers.items() if name.lower() == "content-type"]
    if any(value.startswith(_FORM) for value in types):
        return _query(body, masker)
    return masker.text(body.strip())


def _query(query: str, masker: Masker) -> str:
    return urlencode([(name, masker.text(value, name)) for name, value in parse_qsl(query, keep_blank_values=True)])


def _parameters(event: Mapping[str, Any], masker: Masker) -> dict[str, str]:
    """The path's parameters, masked. One that is a whole path is masked part by part."""
    given = event.get("pathParameters")
    if not isinstance(given, dict):
        return {}
    return {name: _parameter(name, str(value), masker) for name, value in given.items()}


def _parameter(name: str, value: str, masker: Masker) -> str:
    if "/" in value:
        return "/".join(masker.text(part, name) if part else part for part in value.split("/"))
    return masker.text(value, name)


def _path(path: Any, event: Mapping[str, Any], parameters: Mapping[str, str], masker: Masker) -> str:
    """The path with the masked parameters in it, and masked what else looks like personal data."""
    told = str(path)
    for old, new in _changed(event, parameters):
        for form in (quote(old, safe=""), quote(old, safe="/"), old):
            told = told.replace(form, quote(new, safe="/"))
    plain = unquote(told)
    masked = masked_inside(plain, masker.substitutes)
    return told if masked == plain else quote(masked, safe="/:@")


def _changed(event: Mapping[str, Any], parameters: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Those that differ, the longest first: one may be a part of another."""
    pairs = [(str(event["pathParameters"][name]), new) for name, new in parameters.items()]
    return sorted(((old, new) for old, new in pairs if old and old != new), key=lambda pair: -len(pair[0]))


def _context(
    context: Mapping[str, Any], event: Mapping[str, Any], parameters: Mapping[str, str], masker: Masker
) -> dict[str, Any]:
    masked: dict[str, Any] = masker.value(dict(context))
    if "path" in context:
        masked["path"] = _path(context["path"], event, parameters, masker)
    for part in ("http", "identity"):
        if isinstance(context.get(part), dict):
            masked[part] = _caller(context[part], event, parameters, masker)
    if "routeKey" in context:
        masked["routeKey"] = context["routeKey"]
    return masked


def _caller(
    given: Mapping[str, Any], event: Mapping[str, Any], parameters: Mapping[str, str], masker: Masker
) -> dict[str, Any]:
    """Where the request came from. What is empty stays so."""
    masked = {name: masker.value(value, name) for name, value in given.items()}
    if given.get("userAgent"):
        masked["userAgent"] = _CONSTANT_HEADERS["user-agent"]
    if "path" in given:
        masked["path"] = _path(given["path"], event, parameters, masker)
    return masked
