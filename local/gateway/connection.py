"""One HTTP/1.1 connection to a service, kept alive between requests.

Instead of a client library: measured on a trivial answer, this costs a tenth of httpx's time, and a gateway is nothing
but this.
"""

import asyncio
from typing import Any, cast

import httptools

from local.apigateway.answers import Headers, HttpAnswer


class ConnectionBrokenError(Exception):
    """The service closed or reset the connection, or answered no HTTP. `begun`: after the answer's first bytes."""

    def __init__(self, reason: str, *, begun: bool) -> None:
        super().__init__(reason)
        self.begun = begun


class UpstreamConnection(asyncio.Protocol):
    """Sends one request at a time and collects its answer whole."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._headers: Headers = []
        self._body = bytearray()
        self._is_head = False
        self.used = False
        """Whether it served a request before: the service may be closing it at this moment."""

    @property
    def usable(self) -> bool:
        """Whether the next request can be sent on it."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, *, is_head: bool, timeout_s: float) -> HttpAnswer:
        """Send a request and wait for its answer. Raises ConnectionBrokenError, TimeoutError; then it is closed."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._body, self._is_head = [], bytearray(), is_head
        self._transport.write(request)
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._answer
        except BaseException:
            self._transport.close()
            raise
        self.used = True
        if is_head or not self._parser.should_keep_alive():
            self._transport.close()
        return answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the connection stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class, only by its methods

    def data_received(self, data: bytes) -> None:
        """Asyncio's: a part of the answer."""
        assert self._transport is not None
        if self._answer is None or self._answer.done():
            self._transport.close()  # bytes that nobody asked for: the next answer could not be told from them
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP answer: {error}")
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's: the connection is gone, in the midst of an answer or between two."""
        self._fail(str(error or "the connection was closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser's: one header."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The parser's: the head is whole. An answer to HEAD has no more, whatever length it names."""
        if self._is_head:
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        """The parser's: a part of the body."""
        self._body += body

    def on_message_complete(self) -> None:
        """The parser's: the answer is whole."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(HttpAnswer(self._parser.get_status_code(), self._headers, bytes(self._body)))

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionBrokenError(reason, begun=bool(self._headers)))
