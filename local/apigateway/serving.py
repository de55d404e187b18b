"""An HTTP server on inherited listening sockets: their holder keeps them while this process starts again."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.apigateway.requests import WRITTEN_NAMES, Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE_S = 4  # what is in flight at SIGTERM gets this long, so that the process is gone within 5 s
KEEP_ALIVE_S = 75
HEAD_BYTES_MAX = 256 * 1024  # API Gateway allows 10 KiB; what is far beyond takes memory before anybody could refuse it

_UPGRADE = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_RENAMED = b"!upgrade"


class InheritedSocketServer(uvicorn.Server):
    """Uvicorn on several sockets, and told by `stop` instead of a signal when to end.

    The application tells the sockets apart by the port in `scope["server"]`.
    """

    def __init__(self, application: Application, *listeners: socket.socket) -> None:
        super().__init__(_configuration(application))
        self._listeners = listeners
        self._opening: set[asyncio.Task[object]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept. With an empty list of sockets uvicorn opens none of its own."""
        await super().startup(sockets=sockets or [])
        for listener in self._listeners:
            listener.setblocking(False)
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, let what is in flight finish."""
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        await super().shutdown(sockets=sockets)

    def stop(self) -> None:
        """Ask for the end, from any thread; it is noticed within 0.1 s."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's: uvicorn would end by raising them again, where a clean stop exits with 0."""
        yield

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the client went away
        connection.setblocking(False)
        # An answer is written as head and body; Nagle's algorithm would hold the second back for 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _protocol(self) -> HttpToolsProtocol:
        return _Connection(self.config, self.server_state, {})


class _Connection(HttpToolsProtocol):
    """Keeps header names as the client wrote them, beside ASGI's in lower case: a REST API's event has these.

    What uvicorn would let through ends here: a head of any size, and headers that come after the body, which could say
    something else of it, or of its sender, than those before (RFC 9110, 6.5.1). Nobody is upgraded, and a client that
    asks for it goes on in HTTP/1.1: Java's does so with each of its requests, bodies included.
    """

    _head_bytes: int | None = 0
    """Of the head that is being read; None while there is a body to read."""

    def data_received(self, data: bytes) -> None:
        """The transport's: some bytes."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            data = _without_upgrade(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response(f"The head of a request must be smaller than {HEAD_BYTES_MAX} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser's: one header."""
        if self._head_bytes is None or name == _RENAMED:
            return
        scope: Any = self.scope  # a TypedDict, which knows no key of ours
        scope.setdefault(WRITTEN_NAMES, []).append(name)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The parser's: the head is over."""
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser's: the request is over."""
        self._head_bytes = 0
        super().on_message_complete()


def _without_upgrade(data: bytes) -> bytes:
    """The bytes with an `Upgrade` in their first head renamed: behind it the parser would look for no body."""
    end = data.find(b"\r\n\r\n")
    end = len(data) if end < 0 else end
    found = _UPGRADE.search(data, 0, end)
    return data if found is None else _UPGRADE.sub(_RENAMED, data[:end]) + data[end:]


def _configuration(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="httptools",
        loop="uvloop",
        ws="none",
        interface="asgi3",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


def inherited(fd: int) -> socket.socket:
    """The listening socket of an inherited file descriptor. Raises OSError where it is none."""
    listener = socket.socket(fileno=fd)
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError(f"file descriptor {fd} is not a listening socket")
    return listener
