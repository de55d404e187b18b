"""A function's answer as an HTTP answer, or the reason why API Gateway would not take it.

Source: "Output format of a Lambda function for proxy integration" in the API Gateway developer guide.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from local.apigateway.requests import Send

# Lambda's limit on a synchronous answer, which API Gateway passes on as a 502.
ANSWER_BYTES_MAX = 6 * 1024 * 1024
# API Gateway frames the answer itself and drops or renames what would contradict it.
FRAMING = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"})
BODYLESS = frozenset({204, 304})
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

Headers = list[tuple[bytes, bytes]]


class MalformedAnswerError(Exception):
    """What the function returned is not the shape that a proxy integration asks for."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer ready to be sent; the length is added on sending."""

    status: int
    headers: Headers
    body: bytes


def read_answer(returned: object, content_type: str = "application/json") -> HttpAnswer:
    """Check and convert what a function returned for an event of version 1.0. Raises MalformedAnswerError.

    `content_type` is that of an answer that names none.
    """
    if not isinstance(returned, Mapping):
        raise MalformedAnswerError(f"the function returned {type(returned).__name__}, not an object")
    status = status_of(returned.get("statusCode"))
    merged = single_headers(returned)
    for name, values in _mapping(returned, "multiValueHeaders").items():
        _add_values(merged, name, values)
    merged.setdefault("content-type", [content_type])
    return HttpAnswer(status, encoded_headers(merged), body_of(returned))


async def send_answer(answer: HttpAnswer, send: Send) -> None:
    """Send an answer over ASGI with its length, so that it is not sent in chunks."""
    headers = answer.headers
    if answer.status not in BODYLESS:
        headers = [*headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if answer.status in BODYLESS else answer.body
    await send({"type": "http.response.body", "body": body})


def raw_answer(answer: HttpAnswer) -> bytes:
    """An answer as it goes over the wire, for where no event loop can send it; the connection ends after it."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode()]
    lines += [name + b": " + value for name, value in answer.headers]
    lines += [f"content-length: {len(answer.body)}".encode(), b"connection: close", b"", answer.body]
    return b"\r\n".join(lines)


def status_of(value: object) -> int:
    """An answer's status, in digits or as a number."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 200 <= value <= 599:
        raise MalformedAnswerError(f"statusCode is {value!r}, not a status from 200 to 599")
    return value


def single_headers(returned: Mapping[str, object]) -> dict[str, list[str]]:
    """The answer's `headers`, each checked, names in lower case."""
    return {_header_name(name): [header_value(name, value)] for name, value in _mapping(returned, "headers").items()}


def encoded_headers(merged: Mapping[str, list[str]]) -> Headers:
    """Headers as they are sent, without those that frame the answer."""
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, values in merged.items()
        if name not in FRAMING
        for value in values
    ]


def _add_values(merged: dict[str, list[str]], name: str, values: object) -> None:
    """Where a header stands in both, the list wins and has the single value too, as documented."""
    if not isinstance(values, list | tuple):
        raise MalformedAnswerError(f"multiValueHeaders.{name} is not a list")
    texts = merged.setdefault(_header_name(name), [])
    texts += [text for text in (header_value(name, value) for value in values) if text not in texts]


def _mapping(returned: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = returned.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise MalformedAnswerError(f"{key} is not an object")
    return value


def _header_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise MalformedAnswerError(f"{name!r} is not a header's name")
    return name.lower()


def header_value(name: str, value: object) -> str:
    """A header's value as text that no line can be broken with."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise MalformedAnswerError(f"the header {name} is {type(value).__name__}, not text")
    text = str(value)
    # A line break here would let whoever chose the value write headers of their own.
    if not _VALUE.fullmatch(text):
        raise MalformedAnswerError(f"the header {name} has control characters")
    return text


def body_of(returned: Mapping[str, object]) -> bytes:
    """An answer's body, decoded where it is said to be base64."""
    value = returned.get("body")
    if value is None:
        return b""
    if not isinstance(value, str):
        raise MalformedAnswerError(f"body is {type(value).__name__}, not text")
    raw = _decode(value) if returned.get("isBase64Encoded") is True else _encode(value)
    if len(raw) > ANSWER_BYTES_MAX:
        raise MalformedAnswerError(f"the body has {len(raw)} bytes, over Lambda's limit of {ANSWER_BYTES_MAX}")
    return raw


def _encode(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise MalformedAnswerError("body is not valid Unicode text") from error


def _decode(value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedAnswerError("body is said to be base64 and is not") from error
