"""Notices a new connection to the log's server, because the server behind it may be another one.

A server that was restarted can have less than it had: an older file restored, an empty directory. redis-py connects
again by itself, even within a command, so what was verified over the last connection says nothing of the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError


class ReconnectedError(RedisConnectionError):
    """A command would have gone out over a new connection. It was not sent."""


class ConnectionWatch:
    """Counts the connections of one client; install it before the client is used."""

    def __init__(self, client: "Redis") -> None:
        self.connections = 0
        self._refusing = False
        # redis-py calls this in place of its own handshake.
        client.connection_pool.connection_kwargs["redis_connect_func"] = self._connected

    @contextmanager
    def no_new_connection(self) -> Iterator[None]:
        """Within the block a command goes out over the connection there is, or raises ReconnectedError unsent."""
        self._refusing = True
        try:
            yield
        finally:
            self._refusing = False

    def _connected(self, connection: Any) -> None:
        if self._refusing:
            raise ReconnectedError("the connection to the log was lost before the command was sent")
        connection.on_connect()
        self.connections += 1
