"""Health and metrics over HTTP of a process that answers no HTTP itself: a poller, or what keeps schedules."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local.quiet_http import QuietHandler
from local.serving.errors import ServeError
from metrics.exposition import collect, encode


class Exposition:
    """`GET /health` (503 once `is_running` is false) and `GET /metrics`, served by a thread until `close`."""

    def __init__(self, host: str, port: int, name: str, metrics: Path, is_running: Callable[[], bool]) -> None:
        """Raises ServeError where the port cannot be had."""
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(name, metrics, is_running))
        except OSError as error:
            raise ServeError(f"{host}:{port} cannot be listened on: {error.strerror or error}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="exposition", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(name: str, metrics: Path, is_running: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        """Answers the two questions."""

        def do_GET(self) -> None:  # noqa: N802 (the base class's name)
            match self.path.partition("?")[0]:
                case "/health" if is_running():
                    self.answer(200, "application/json", _json({"status": "healthy", "service": name}))
                case "/health":
                    self.answer(503, "application/json", _json({"status": "not running", "service": name}))
                case "/metrics":
                    told = encode(collect(metrics), self.headers.get("Accept", ""))
                    self.answer(200, told.content_type, told.text.encode())
                case _:
                    self.answer(404, "application/json", _json({"detail": "there are /health and /metrics"}))

    return Handler


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
