"""The events that wait, in a file of SQLite: written before they are acknowledged, deleted once they are settled."""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA_VERSION = 1
BUSY_S_MAX = 1.0  # nobody else writes to the file, but for a person who looks into it
_SCHEMA = """
CREATE TABLE events (
    request_id TEXT PRIMARY KEY,
    function TEXT NOT NULL,
    payload BLOB NOT NULL,
    accepted_s REAL NOT NULL,
    due_s REAL NOT NULL,
    attempts INTEGER NOT NULL,
    postponed INTEGER NOT NULL
);
CREATE INDEX events_due ON events (function, due_s);
"""
_COLUMNS = "request_id, function, payload, accepted_s, due_s, attempts, postponed"


class StoreError(Exception):
    """The file cannot be written or read: a full disk, a missing right, another process that holds it."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """One event. Times are seconds since the epoch; `payload` is JSON in UTF-8.

    `attempts` counts those that ended with an error of the function, `postponed` the times that it was not invoked.
    """

    request_id: str
    function: str
    payload: bytes
    accepted_s: float
    due_s: float
    attempts: int = 0
    postponed: int = 0


class EventStore:
    """All methods raise StoreError, and are called from one thread at a time; each change is on disk on return."""

    def __init__(self, file: Path) -> None:
        """Open the file, which is made where there is none. Only its owner may read it: events are personal data."""
        with _translated(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._file = file
            self._connection = sqlite3.connect(file, BUSY_S_MAX, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA fullfsync = ON")  # macOS's fsync alone does not reach the disk
            self._migrate()

    def add(self, event: WaitingEvent) -> None:
        """Keep an event."""
        with self._transaction() as connection:
            _insert(connection, event)

    def put_back(self, event: WaitingEvent) -> None:
        """Have an event wait again: when it is due, and what it went through, are as given."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE events SET due_s = ?, attempts = ?, postponed = ? WHERE request_id = ?",
                (event.due_s, event.attempts, event.postponed, event.request_id),
            )

    def remove(self, request_id: str, follow_up: WaitingEvent | None = None) -> None:
        """Forget an event, and keep what follows from it, as one step."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM events WHERE request_id = ?", (request_id,))
            if follow_up is not None:
                _insert(connection, follow_up)

    def due(self, now_s: float, running: Collection[WaitingEvent], function_max: int) -> list[WaitingEvent]:
        """The events to begin with now, oldest first: so many that no function has more than `function_max` running."""
        began = {event.request_id for event in running}
        found: list[WaitingEvent] = []
        with _translated(self._file):
            query = "SELECT DISTINCT function FROM events WHERE due_s <= ?"
            for (function,) in self._connection.execute(query, (now_s,)).fetchall():
                busy = sum(event.function == function for event in running)
                rows = self._oldest(function, now_s, function_max) if busy < function_max else []
                waiting = [event for event in rows if event.request_id not in began]
                found += waiting[: function_max - busy]
        return found

    def next_due(self, now_s: float) -> float | None:
        """When the next event is due that is not due yet; None where none is."""
        with _translated(self._file):
            query = "SELECT min(due_s) FROM events WHERE due_s > ?"
            found: float | None = self._connection.execute(query, (now_s,)).fetchone()[0]
        return found

    def count(self) -> int:
        """How many events there are."""
        with _translated(self._file):
            found: int = self._connection.execute("SELECT count(*) FROM events").fetchone()[0]
        return found

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._connection.close()

    def _oldest(self, function: str, now_s: float, count_max: int) -> list[WaitingEvent]:
        """Twice as many as may run: as many of them may be running already."""
        query = f"SELECT {_COLUMNS} FROM events WHERE function = ? AND due_s <= ? ORDER BY due_s, rowid LIMIT ?"  # noqa: S608
        rows = self._connection.execute(query, (function, now_s, 2 * count_max)).fetchall()
        return [WaitingEvent(*row) for row in rows]

    def _migrate(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        elif version != SCHEMA_VERSION:
            raise StoreError(f"{self._file} was written by another version of the emulator (schema {version})")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _translated(self._file), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection


def _insert(connection: sqlite3.Connection, event: WaitingEvent) -> None:
    values = (
        event.request_id,
        event.function,
        event.payload,
        event.accepted_s,
        event.due_s,
        event.attempts,
        event.postponed,
    )
    connection.execute(f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{file}: {error}") from error
