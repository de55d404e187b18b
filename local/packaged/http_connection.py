"""One HTTP/1.1 connection of the runtime interface client, which keeps it open and sends one request at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httptools

_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found"}


@dataclass(slots=True)
class Request:
    """A whole request; header names are in lower case."""

    connection: "HttpConnection"
    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class HttpConnection(asyncio.Protocol):
    """Gives each request to `handle`, which answers it by `respond`, at once or later; at its end, itself to `lost`."""

    def __init__(self, handle: Callable[[Request], None], lost: Callable[["HttpConnection"], None]) -> None:
        self._handle = handle
        self._lost = lost
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._request = Request(self)

    def respond(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Answer the request; a client that is gone hears nothing of it."""
        if self._transport is None or self._transport.is_closing():
            return
        lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        self._transport.write("\r\n".join(lines).encode() + body)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: a client came."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is one by its methods only

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Asyncio's: the client is gone."""
        self._lost(self)

    def data_received(self, data: bytes) -> None:
        """Asyncio's: a part of a request."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.respond(400, b"{}")
            self.close()

    def on_message_begin(self) -> None:
        """The parser's: a request begins."""
        self._request = Request(self)

    def on_url(self, url: bytes) -> None:
        """The parser's."""
        self._request.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser's."""
        self._request.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """The parser's: a part of the body."""
        self._request.body += body

    def on_message_complete(self) -> None:
        """The parser's: the request is whole."""
        self._request.method = self._parser.get_method().decode("latin-1")
        self._handle(self._request)
