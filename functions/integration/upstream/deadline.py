"""A transport whose attempts have an end, whatever the other side does.

httpx bounds each wait. A server that sends a byte now and then, in its headers or between them, ends none of them; a
function that listens to it for ever is killed, and nobody hears why.
"""

import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx


class EndedTransport(httpx.HTTPTransport):
    """An HTTPTransport for one thread at a time; `end_in` says when what it is doing must be over."""

    def __init__(self) -> None:
        super().__init__(verify=_ssl_context())
        self._end = _End()
        # The pool is httpx's own, but for where its bytes come from: httpx has no public way to say that.
        self._pool = httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=_Backend(self._end))

    def end_in(self, seconds: float) -> None:
        """From now on nothing is waited for beyond so many seconds: httpx.ReadTimeout."""
        self._end.at_s = time.monotonic() + seconds


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all: reading the certificates takes longer than most answers."""
    return httpx.create_ssl_context()


class _End:
    """When it must be over."""

    def __init__(self) -> None:
        self.at_s = float("inf")

    def limit(self, timeout: float | None) -> float:
        """What is left of a wait. Raises httpcore.ReadTimeout where nothing is."""
        left = self.at_s - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the attempt is over")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, end: _End) -> None:
        self._inner = inner
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._end.limit(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._end.limit(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._end.limit(timeout)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, end: _End) -> None:
        self._inner = httpcore.SyncBackend()
        self._end = end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, self._end.limit(timeout), local_address, socket_options)
        return _Stream(stream, self._end)
