"""One request to a process that is asked for its health and its metrics, and for little else."""

from contextlib import suppress
from http.server import BaseHTTPRequestHandler


class QuietHandler(BaseHTTPRequestHandler):
    """Says nothing of each request: somebody asks every few seconds."""

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        """Send it; who asked may be gone by now."""
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Nothing."""
