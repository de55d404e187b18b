"""What the three stores say of themselves. Each is asked by a thread of its own: one that hangs holds up nobody."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from local.environment.log import log
from local.observing.catalog import (
    LOG_MEMORY_RATIO,
    STORE_ANSWER,
    STORE_CONNECTIONS,
    STORE_DISK,
    STORE_MEMORY,
    STORE_UP,
)

if TYPE_CHECKING:
    from local.pollers.observing import Standing

TIMEOUT_S = 2.0
# Connecting anew and three questions; a client whose server froze in the midst of an answer may wait for ever.
_OVERDUE_S = 3 * TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server told; None for what it does not tell, or not to our user."""

    memory_bytes: float | None = None
    disk_bytes: float | None = None
    connections: float | None = None
    memory_ratio: float | None = None
    """The part of the memory limit of the log that is in use, 1 for all of it."""
    standings: tuple["Standing", ...] = ()
    """Where the log's consumer groups stand, whether anybody reads for them or not."""


class Store(Protocol):
    """One server, asked over one connection, which is made anew where it was lost.

    Both raise whatever its client raises where it does not answer.
    """

    def ping(self) -> None:
        """Ask the simplest question."""

    def figures(self) -> Figures:
        """Ask how it is."""


class Valkey:
    """The log."""

    def __init__(self, url: str) -> None:
        from redis import Redis

        self._client: Redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)

    def ping(self) -> None:
        """See Store."""
        self._client.ping()

    def figures(self) -> Figures:
        """See Store."""
        told: Mapping[str, float] = self._client.info()
        used, limit = told["used_memory"], told.get("maxmemory")
        ratio = used / limit if limit else None
        return Figures(used, told.get("aof_current_size"), told["connected_clients"], ratio, self._standings())

    def _standings(self) -> "tuple[Standing, ...]":
        from local.pollers.observing import standing_of
        from repositories.redis_log.keys import SINGLE_PARTITION

        stream, client = SINGLE_PARTITION.all_events, self._client
        groups: Any = client.xinfo_groups(stream) if client.exists(stream) else []
        names = (group["name"].decode() for group in groups)
        return tuple(standing_of(client, stream, name, time.time_ns() // 1_000_000) for name in names)


class Mongo:
    """The archive, the audit trail and the notifications: one server."""

    def __init__(self, url: str) -> None:
        from pymongo import MongoClient

        milliseconds = int(TIMEOUT_S * 1000)
        self._client: MongoClient[dict[str, object]] = MongoClient(
            url, serverSelectionTimeoutMS=milliseconds, socketTimeoutMS=milliseconds
        )

    def ping(self) -> None:
        """See Store."""
        self._client.admin.command("ping")

    def figures(self) -> Figures:
        """See Store."""
        status, databases = self._told("serverStatus"), self._told("listDatabases")
        resident_mb = _number(status.get("mem", {}).get("resident"))
        return Figures(
            None if resident_mb is None else resident_mb * 1024 * 1024,
            _number(databases.get("totalSize")),
            _number(status.get("connections", {}).get("current")),
        )

    def _told(self, command: str) -> Mapping[str, Any]:
        """The answer; nothing where the server does not let our user ask that."""
        from pymongo.errors import OperationFailure

        try:
            return self._client.admin.command(command)
        except OperationFailure:
            return {}


class Postgres:
    """The read models."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._connect: Callable[[], psycopg.Connection[Any]] = lambda: psycopg.connect(
            url, connect_timeout=int(TIMEOUT_S), autocommit=True, options=f"-c statement_timeout={int(TIMEOUT_S)}s"
        )
        self._connection: psycopg.Connection[Any] | None = None

    def ping(self) -> None:
        """See Store."""
        self._row("SELECT 1")

    def figures(self) -> Figures:
        """See Store."""
        disk_bytes, connections = self._row(
            "SELECT pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        return Figures(None, disk_bytes, connections)

    def _row(self, query: str) -> tuple[Any, ...]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            row = self._connection.execute(query).fetchone()
        except Exception:
            self._connection = None
            raise
        assert row is not None, "each of our queries has one row"
        return tuple(row)


class Watch:
    """Asks one store every few seconds, in a thread that ends with the process."""

    def __init__(self, name: str, store: Store, every_s: float) -> None:
        self._name = name
        self._store = store
        self._every_s = every_s
        self._was_up: bool | None = None
        self._asked_s: float | None = None

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._go_on, name=f"store {self._name}", daemon=True).start()

    def ask_once(self) -> None:
        """Ask, and set the metrics."""
        self._asked_s = began_s = time.monotonic()
        try:
            self._store.ping()
            answer_s = time.monotonic() - began_s
            figures = self._store.figures()
        except Exception as error:  # noqa: BLE001 (whatever the client raises: the store does not answer)
            self._told(is_up=False, why=type(error).__name__)
            return
        finally:
            self._asked_s = None
        STORE_ANSWER.labels(self._name).set(answer_s)
        _set(self._name, figures)
        self._told(is_up=True)

    def check(self, now_s: float) -> None:
        """Tell that the store is away where its answer is overdue; `now_s` is of the monotonic clock."""
        asked_s = self._asked_s
        if asked_s is not None and now_s - asked_s > _OVERDUE_S:
            self._told(is_up=False, why="no answer")

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


def _set(store: str, figures: Figures) -> None:
    for gauge, value in (
        (STORE_MEMORY, figures.memory_bytes),
        (STORE_DISK, figures.disk_bytes),
        (STORE_CONNECTIONS, figures.connections),
    ):
        if value is not None:
            gauge.labels(store).set(value)
    if figures.memory_ratio is not None:
        LOG_MEMORY_RATIO.set(figures.memory_ratio)
    for standing in figures.standings:
        standing.tell()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
