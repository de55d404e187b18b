"""Lambda's Runtime API for one environment: it asks for invocations, and tells what came of them.

    GET  /2018-06-01/runtime/invocation/next            answered once there is an invocation
    POST /2018-06-01/runtime/invocation/{id}/response   what the handler returned
    POST /2018-06-01/runtime/invocation/{id}/error      what it raised
    POST /2018-06-01/runtime/init/error                 why it cannot be loaded

Each environment has a port of its own, so that nobody can speak for another one. Source: the page "Using the Lambda
runtime API for custom runtimes".
"""

import asyncio
import json
import os
import socket
import time

from local.packaged.http_connection import HttpConnection, Request
from local.packaged.words import Answers, Asks, CannotStart, Word
from local.runtime.contract import Invocation
from local.template.intrinsics import function_arn

_PREFIX = "/2018-06-01/runtime/"
_ERROR_TYPE = "lambda-runtime-function-error-type"


class RuntimeApi:
    """Listens from the start; `open` puts it on the event loop. What the process says is in `words`, in its order."""

    def __init__(self, function_name: str, timeout_s: int) -> None:
        self._function_name = function_name
        self._timeout_s = timeout_s
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self._server: asyncio.Server | None = None
        self._connections: set[HttpConnection] = set()
        self._asking: HttpConnection | None = None
        self.words: asyncio.Queue[Word] = asyncio.Queue()

    @property
    def address(self) -> str:
        """`AWS_LAMBDA_RUNTIME_API`: host and port."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    async def open(self) -> None:
        """Begin to answer."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, sock=self._socket)

    def give(self, invocation: Invocation) -> None:
        """Answer who asks for the next invocation. Call it after `Asks`."""
        assert self._asking is not None
        asking, self._asking = self._asking, None
        asking.respond(200, invocation.payload, self._headers(invocation))

    def close(self) -> None:
        """Stop, and hang up."""
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for connection in list(self._connections):
            connection.close()

    def _connection(self) -> HttpConnection:
        connection = HttpConnection(self._handle, self._connections.discard)
        self._connections.add(connection)
        return connection

    def _headers(self, invocation: Invocation) -> dict[str, str]:
        deadline_ms = int((time.time() + self._timeout_s) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": function_arn(self._function_name),
            "Lambda-Runtime-Trace-Id": _trace_id(),
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = json.dumps(json.loads(invocation.client_context))
        return headers

    def _handle(self, request: Request) -> None:
        place = request.target.removeprefix(_PREFIX).split("/")
        match request.method, place:
            case "GET", ["invocation", "next"]:
                self._asking = request.connection
                self.words.put_nowait(Asks())
                return
            case "POST", ["invocation", request_id, "response"]:
                self.words.put_nowait(Answers(request_id, bytes(request.body)))
            case "POST", ["invocation", request_id, "error"]:
                self.words.put_nowait(Answers(request_id, bytes(request.body), _error_type(request)))
            case "POST", ["init", "error"]:
                self.words.put_nowait(CannotStart(bytes(request.body), _error_type(request)))
            case _:
                request.connection.respond(404, b"{}")
                return
        request.connection.respond(202, b'{"status":"OK"}')


def _error_type(request: Request) -> str:
    """The error's name: the header's, or the body's; never empty, which would say that there was none."""
    try:
        told = json.loads(bytes(request.body))
    except ValueError:
        told = {}
    named = told.get("errorType") if isinstance(told, dict) else None
    return str(named or request.headers.get(_ERROR_TYPE) or "Runtime.UnknownReason")


def _trace_id() -> str:
    """As X-Ray writes it; nothing is sampled here."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Parent={os.urandom(8).hex()};Sampled=0"
