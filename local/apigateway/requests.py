"""One HTTP request as it came in, read from ASGI, with API Gateway's limit on the body."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BODY_BYTES_MAX = 10 * 1024 * 1024
CORRELATION_HEADER = b"x-correlation-id"
# Where a server in front that knows them puts the headers' names as the client wrote them, one for each header.
WRITTEN_NAMES = "recours.header_names"


class BodyTooLargeError(Exception):
    """The body is over `BODY_BYTES_MAX`; what is left of it was not read."""


class ClientGoneError(Exception):
    """The client went away before its whole body had come: nobody is to be invoked with the half of it."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request with its body. Header names are lower case, as HTTP/2 and ASGI have them; `path` is still encoded."""

    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    client_host: str
    server_port: int
    protocol: str
    written_names: list[bytes] | None = None
    """The names of `headers` as the client wrote them, where the server in front tells."""

    _first: dict[bytes, bytes] | None = field(default=None, init=False, repr=False, compare=False)

    def header(self, name: bytes) -> str:
        """The first value of a header, or empty. `name` in lower case."""
        first = self._first
        if first is None:
            # Asked for several times a request: a dict made once is quicker than as many searches.
            first = dict(reversed(self.headers))
            object.__setattr__(self, "_first", first)
        value = first.get(name)
        return "" if value is None else value.decode("latin-1")


def first_header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The first value of the header of that lower-case name, or empty."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return ""


def correlation_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The client's correlation id, or a new one."""
    return first_header(headers, CORRELATION_HEADER) or str(uuid4())


async def read_request(scope: Scope, receive: Receive) -> HttpRequest:
    """Read the whole request. Raises BodyTooLargeError as soon as the length is known or passed, ClientGoneError."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    client = scope["client"] or ("127.0.0.1", 0)
    server = scope["server"] or ("127.0.0.1", 0)
    return HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=_text(scope["query_string"]),
        headers=headers,
        body=await _read_body(headers, receive),
        client_host=client[0],
        server_port=server[1] or 0,
        protocol=f"HTTP/{scope['http_version']}",
        written_names=scope.get(WRITTEN_NAMES),
    )


async def _read_body(headers: list[tuple[bytes, bytes]], receive: Receive) -> bytes:
    if not _has_body(headers):
        return b""
    message = await _receive(receive)
    chunks: bytes | bytearray = message.get("body", b"")
    while message.get("more_body", False):
        message = await _receive(receive)
        chunks = bytearray(chunks) if isinstance(chunks, bytes) else chunks
        chunks += message.get("body", b"")
        _check_size(len(chunks))
    return bytes(chunks)


async def _receive(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    for name, value in headers:
        if name == b"content-length":
            _check_size(int(value))
            return int(value) > 0
        if name == b"transfer-encoding":
            return True
    return False


def _check_size(size: int) -> None:
    if size > BODY_BYTES_MAX:
        raise BodyTooLargeError


def _text(raw: bytes) -> str:
    """Bytes that should be ASCII; a client that did not encode its query mostly meant UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
