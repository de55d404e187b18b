"""One connection a process, opened at first use and again when it was lost."""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from repositories.postgres.errors import translated_errors

Connection = psycopg.Connection[tuple[Any, ...]]
Result = TypeVar("Result")

CONNECT_SECONDS_MAX = 3  # a request that waits longer has already failed its user


class PostgresSession:
    """Runs work on the process's connection. Not for several threads at once: neither is a function's environment."""

    def __init__(self, url: str, settings: dict[str, str]) -> None:
        """`settings` are PostgreSQL's own parameters, set for the session: `{"statement_timeout": "3000"}`."""
        self._url = url
        self._settings = settings
        self._connection: Connection | None = None

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` returns. It must be safe to repeat: it is, once, when a connection from before turns out dead.

        A server that was restarted between two requests is noticed only by using the connection; the request that
        notices should not pay for it. Raises StoreUnavailableError, RefusedDataError.
        """
        with translated_errors():
            known = self._connection is not None and not self._connection.closed
            connection = self._open()
            try:
                return work(connection)
            except psycopg.OperationalError:
                if not (known and connection.closed):
                    raise
            return work(self._open())

    def close(self) -> None:
        """Give the connection back; the next `run` opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX)
            self._configure(self._connection)
        return self._connection

    def _configure(self, connection: Connection) -> None:
        for name, value in self._settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
