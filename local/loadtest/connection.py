"""One keep-alive HTTP connection, lean: the client shares the machine with what it measures."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httptools
import orjson

from local.loadtest.endpoints import Address

_CHUNK_BYTES = 65_536


class ConnectionFailedError(Exception):
    """No whole answer came; whether the request was carried out is not known."""


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed. Raises orjson.JSONDecodeError."""
        return orjson.loads(self.body)


class Connection:
    """Opened at the first request and again after a failure. For one thread."""

    def __init__(self, address: Address, seconds_max: float = 15.0) -> None:
        self._address = address
        self._seconds_max = seconds_max
        self._socket: socket.socket | None = None

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send one request and return its answer. Raises ConnectionFailedError."""
        try:
            opened = self._opened()
            opened.sendall(self._encode(method, path, headers or {}, body))
            answer, keep_alive = _read(opened)
        except (OSError, httptools.HttpParserError) as error:
            self.close()
            raise ConnectionFailedError(f"{method} {path}: {error or type(error).__name__}") from error
        if not keep_alive:
            self.close()
        return answer

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._seconds_max)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _encode(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        host, port = self._address
        all_headers = {"Host": f"{host}:{port}", **headers}
        if body or method == "POST":
            all_headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
        return "\r\n".join([*lines, "\r\n"]).encode() + body


class _Collector:
    """Collects one response as the parser tells it."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.is_complete = True


def _read(opened: socket.socket) -> tuple[Answer, bool]:
    """Read one response; tell whether the connection may be used again. Raises OSError, HttpParserError."""
    collector = _Collector()
    parser = httptools.HttpResponseParser(collector)
    while not collector.is_complete:
        received = opened.recv(_CHUNK_BYTES)
        if not received:
            raise ConnectionResetError("the connection ended before the answer did")
        parser.feed_data(received)
    answer = Answer(parser.get_status_code(), collector.headers, bytes(collector.body))
    return answer, parser.should_keep_alive()
