"""What the three stores say of themselves. Each is asked by a thread of its own: one that hangs holds up nobody."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from local.environment.log import log
from local.observing.catalog import STORE_ANSWER, STORE_CONNECTIONS, STORE_DISK, STORE_MEMORY, STORE_UP

TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server told; None for what it does not tell."""

    memory_bytes: float | None = None
    disk_bytes: float | None = None
    connections: float | None = None


class Store(Protocol):
    """One server, asked over one connection, which is made anew where it was lost."""

    def ask(self) -> Figures:
        """Raises whatever its client raises where it does not answer."""


class Valkey:
    """The log."""

    def __init__(self, url: str) -> None:
        from redis import Redis

        self._client: Redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)

    def ask(self) -> Figures:
        """See Store."""
        told: Mapping[str, float] = self._client.info()
        return Figures(told["used_memory"], told.get("aof_current_size"), told["connected_clients"])


class Mongo:
    """The archive, the audit trail and the notifications: one server."""

    def __init__(self, url: str) -> None:
        from pymongo import MongoClient

        milliseconds = int(TIMEOUT_S * 1000)
        self._client: MongoClient[dict[str, object]] = MongoClient(
            url, serverSelectionTimeoutMS=milliseconds, socketTimeoutMS=milliseconds
        )

    def ask(self) -> Figures:
        """See Store."""
        told = self._client.admin.command("serverStatus")
        databases = self._client.admin.command("listDatabases")
        resident_mb = _number(told.get("mem", {}).get("resident"))
        return Figures(
            None if resident_mb is None else resident_mb * 1024 * 1024,
            _number(databases.get("totalSize")),
            _number(told.get("connections", {}).get("current")),
        )


class Postgres:
    """The read models."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._connect: Callable[[], psycopg.Connection[tuple[int, int]]] = lambda: psycopg.connect(
            url, connect_timeout=int(TIMEOUT_S), autocommit=True, options=f"-c statement_timeout={int(TIMEOUT_S)}s"
        )
        self._connection: psycopg.Connection[tuple[int, int]] | None = None

    def ask(self) -> Figures:
        """See Store."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            row = self._connection.execute(
                "SELECT pg_database_size(current_database()),"
                " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
            ).fetchone()
        except Exception:
            self._connection = None
            raise
        assert row is not None, "a query without FROM has one row"
        return Figures(None, row[0], row[1])


class Watch:
    """Asks one store every few seconds, in a thread that ends with the process."""

    def __init__(self, name: str, store: Store, every_s: float) -> None:
        self._name = name
        self._store = store
        self._every_s = every_s
        self._was_up: bool | None = None

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._go_on, name=f"store {self._name}", daemon=True).start()

    def ask_once(self) -> None:
        """Ask, and set the metrics; what is away tells nothing but that."""
        began_s = time.perf_counter()
        try:
            figures = self._store.ask()
        except Exception as error:  # noqa: BLE001 (whatever the client raises: the store does not answer)
            self._told(is_up=False, why=type(error).__name__)
            return
        STORE_ANSWER.labels(self._name).set(time.perf_counter() - began_s)
        for gauge, value in (
            (STORE_MEMORY, figures.memory_bytes),
            (STORE_DISK, figures.disk_bytes),
            (STORE_CONNECTIONS, figures.connections),
        ):
            if value is not None:
                gauge.labels(self._name).set(value)
        self._told(is_up=True)

    def _go_on(self) -> None:
        while True:
            self.ask_once()
            time.sleep(self._every_s)

    def _told(self, *, is_up: bool, why: str = "") -> None:
        STORE_UP.labels(self._name).set(1 if is_up else 0)
        if is_up != self._was_up and not (self._was_up is None and is_up):
            level, message = ("info", "a store answers") if is_up else ("warning", "a store is away")
            log(level, message, store=self._name, reason=why)
        self._was_up = is_up


STORES: Mapping[str, tuple[str, Callable[[str], Store]]] = {
    "log": ("RedisUrl", Valkey),
    "archive": ("MongoUrl", Mongo),
    "read_models": ("PostgresUrl", Postgres),
}
"""By name: the template's parameter that has its URL, and how it is asked."""


def watches(parameters: Mapping[str, str], every_s: float) -> list[Watch]:
    """One for each store whose URL is given."""
    return [
        Watch(name, make(parameters[parameter]), every_s)
        for name, (parameter, make) in STORES.items()
        if parameters.get(parameter)
    ]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
