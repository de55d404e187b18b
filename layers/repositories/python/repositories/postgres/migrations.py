"""The schema, brought up to date by numbered SQL files, each applied once."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import psycopg

from envelope.errors import RecoursError
from repositories.postgres.connection import CONNECT_SECONDS_MAX, Connection
from repositories.postgres.errors import translated_errors
from repositories.postgres.statements import statement

_LOCK = 7_306_914_882_101  # any number, the same in every process


class MigrationChangedError(RecoursError):
    """A file that was applied has another text now: what stands in the database is no longer what the files say."""


class EncodingError(RecoursError):
    """The database does not store UTF-8."""


@dataclass(frozen=True)
class Migration:
    """One file, `0001_what_it_does.sql`; files are applied in the order of their names."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, 64 hex digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(postgres_url: str) -> list[str]:
    """Apply what is missing, all or nothing; return the names of the files applied now, in order.

    Several at once are safe: one works, the others wait and find nothing to do. Raises MigrationChangedError,
    EncodingError, StoreUnavailableError.
    """
    return apply_migrations(postgres_url, packaged_migrations())


def packaged_migrations() -> list[Migration]:
    """The files beside this module, in order."""
    folder = files("repositories.postgres") / "sql" / "migrations"
    found = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    return sorted((Migration(file.name, file.read_text("utf-8")) for file in found), key=lambda one: one.name)


def apply_migrations(postgres_url: str, migrations: Iterable[Migration]) -> list[str]:
    """Apply those of `migrations` that are missing. As `migrate`."""
    with translated_errors(), psycopg.connect(postgres_url, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        # Released with the transaction, so that no crash can leave it behind.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _check_encoding(connection)
        connection.execute(statement("migrations_table"))
        applied = _applied(connection)
        missing = [one for one in migrations if _is_missing(one, applied)]
        for migration in missing:
            _apply(connection, migration)
    return [migration.name for migration in missing]


def _check_encoding(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise EncodingError(f"the database stores {encoding}: make it anew with ENCODING 'UTF8'")


def _applied(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, checksum FROM public.schema_migrations").fetchall())


def _is_missing(migration: Migration, applied: Mapping[str, str]) -> bool:
    checksum = applied.get(migration.name)
    if checksum not in (None, migration.checksum):
        raise MigrationChangedError(
            f"{migration.name} was changed after it had been applied: put the change in a new file"
        )
    return checksum is None


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute(migration.text.encode())
    connection.execute(
        "INSERT INTO public.schema_migrations (name, checksum) VALUES (%s, %s)", (migration.name, migration.checksum)
    )
