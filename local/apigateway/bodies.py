"""The body of a request as text, or as base64 where it is said to be, or turns out to be, no text."""

from base64 import b64encode
from functools import lru_cache

from local.apigateway.requests import HttpRequest
from local.template.model import Api

BINARY_TYPES = ("image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf", "application/zip")
# What an HTTP API takes for text. It sends all else as base64, a form of a web page among it.
HTTP_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
HTTP_TEXT_SUFFIXES = ("+json", "+xml")
# Lambda's limit on an event, below API Gateway's on a body.
EVENT_BYTES_MAX = 6 * 1024 * 1024


class EventTooLargeError(Exception):
    """The body makes an event that Lambda would not take."""


def event_body(request: HttpRequest, api: Api) -> tuple[str | None, bool]:
    """The body for the event, None where there is none, and whether it is base64. Raises EventTooLargeError."""
    body = request.body
    if not body:
        return None, False
    content_type = request.header(b"content-type")
    is_binary = _is_binary_for_http(content_type) if api.kind == "http" else _is_binary_for_rest(content_type, api)
    _check_size(len(body))
    if not is_binary and not request.header(b"content-encoding"):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    _check_size(4 * len(body) // 3)
    return b64encode(body).decode(), True


def _check_size(size: int) -> None:
    if size > EVENT_BYTES_MAX:
        raise EventTooLargeError(f"the body alone takes {size} bytes of the event")


def _is_binary_for_rest(content_type: str, api: Api) -> bool:
    # Without BinaryMediaTypes API Gateway garbles such a body; here it arrives.
    return content_type.startswith(BINARY_TYPES) or (
        bool(api.binary_types) and matches(_media_type(content_type), api.binary_types)
    )


def _is_binary_for_http(content_type: str) -> bool:
    media_type = _media_type(content_type)
    return bool(media_type) and not (media_type.startswith(HTTP_TEXT_TYPES) or media_type.endswith(HTTP_TEXT_SUFFIXES))


@lru_cache(maxsize=256)
def matches(media_type: str, patterns: tuple[str, ...]) -> bool:
    """Whether a media type is one of `patterns`: itself, `image/*` or `*/*`."""
    kind = media_type.partition("/")[0]
    return any(pattern.lower() in (media_type, f"{kind}/*", "*/*") for pattern in patterns)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
