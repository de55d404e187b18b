"""The observer over HTTP: `/metrics`, `/history`, `/health`."""

import json
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import isfinite
from urllib.parse import parse_qs, urlsplit

from local.observing.history import Recorder
from local.quiet_http import QuietHandler
from metrics.exposition import Exposition

JSON = "application/json"


class Server(ThreadingHTTPServer):
    """Serves on a socket that is bound and listening already."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listener.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def handler_of(recorder: Recorder, metrics: Callable[[str], Exposition]) -> type[BaseHTTPRequestHandler]:
    """What answers. `metrics` is given the `Accept` header."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 (the base class's name)
            url = urlsplit(self.path)
            match url.path:
                case "/health":
                    self.answer(200, JSON, b'{"status":"healthy","service":"observer"}')
                case "/metrics":
                    told = metrics(self.headers.get("Accept", ""))
                    self.answer(200, told.content_type, told.text.encode())
                case "/history":
                    self._history(parse_qs(url.query))
                case _:
                    self._refuse(404, "there are /metrics, /history and /health")

        def _history(self, query: dict[str, list[str]]) -> None:
            try:
                since = max(_number(query, "since", 0.0), time.time() - _number(query, "seconds", time.time()))
            except ValueError:
                self._refuse(422, "since (the epoch) and seconds (until now) are numbers")
                return
            self.answer(200, JSON, recorder.answer(since))

        def _refuse(self, status: int, why: str) -> None:
            self.answer(status, JSON, json.dumps({"error": why}, separators=(",", ":")).encode())

    return Handler


def _number(query: dict[str, list[str]], name: str, default: float) -> float:
    """Raises ValueError for what is none."""
    number = float(query[name][-1]) if name in query else default
    if not isfinite(number):
        raise ValueError(name)
    return number
