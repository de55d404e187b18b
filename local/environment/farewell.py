"""The last answers of an environment whose invocation timed out, sent while the main thread is still stuck in it."""

import select
import socket
from contextlib import suppress
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.apigateway.answers import HttpAnswer, raw_answer
from local.apigateway.problems import refused
from local.apigateway.requests import Scope
from local.apigateway.serving import InheritedSocketServer

RETRY_AFTER_S = "1"
READ_BYTES_MAX = 1 << 20


def answer_timeout(server: InheritedSocketServer, current: Scope, answer: HttpAnswer) -> None:
    """Give `answer` to the client of `current`, and 503 with Retry-After to each other client that is waiting.

    The event loop cannot be used: it runs in the stuck thread. The sockets can: nobody else writes to them now.
    """
    for connection in list(server.server_state.connections):
        assert isinstance(connection, HttpToolsProtocol)  # the server makes no other
        fd = _descriptor(connection)
        if fd is None:
            continue
        if connection.client == current["client"]:
            _write(fd, answer)
        elif _waits(connection, fd):
            _write(fd, _never_begun(connection))


def _descriptor(connection: HttpToolsProtocol) -> int | None:
    transport_socket = connection.transport.get_extra_info("socket") if connection.transport else None
    return transport_socket.fileno() if transport_socket is not None else None


def _waits(connection: HttpToolsProtocol, fd: int) -> bool:
    """Whether a request was parsed and not answered, or lies unread in the socket."""
    if connection.cycle is not None and not connection.cycle.response_complete:
        return True
    return bool(select.select([fd], [], [], 0)[0])


def _never_begun(connection: HttpToolsProtocol) -> HttpAnswer:
    scope: Scope = dict(connection.scope or {"raw_path": b"/", "headers": []})
    detail = "The environment is starting again; nothing was done, repeat the request"
    return refused(scope, HTTPStatus.SERVICE_UNAVAILABLE, detail, {"retry-after": RETRY_AFTER_S})


def _write(fd: int, answer: HttpAnswer) -> None:
    # A client that is gone is no reason not to tell the next one.
    with suppress(OSError), socket.socket(fileno=socket.dup(fd)) as client:
        client.setblocking(False)
        with suppress(BlockingIOError):
            # What is left unread would make the kernel reset the connection, and the answer would be lost with it.
            while client.recv(READ_BYTES_MAX):
                pass
        client.send(raw_answer(answer))
        client.shutdown(socket.SHUT_WR)
