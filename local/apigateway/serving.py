"""An HTTP server on inherited listening sockets: their holder keeps them while this process starts again."""

import asyncio
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
        return _KeepsNames(self.config, self.server_state, {})


class _KeepsNames(HttpToolsProtocol):
    """Keeps header names as the client wrote them, beside ASGI's in lower case: a REST API's event has these."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser's: one header."""
        scope: Any = self.scope  # a TypedDict, which knows no key of ours
        scope.setdefault(WRITTEN_NAMES, []).append(name)
        super().on_header(name, value)


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
