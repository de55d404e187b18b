"""PostgreSQL's errors in the terms of ours, by SQLSTATE: whether a repeat can help, and who must act.

Source: PostgreSQL's documentation, appendix A, "Error Codes".
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from repositories.errors import StoreUnavailableError
from repositories.ports.read_model_writer import RefusedDataError

_REFUSED_CLASSES = frozenset({"22", "23", "54"})  # data exception, constraint violation, a limit of the program
_UNAVAILABLE_CLASSES = frozenset(
    {
        "08",  # connection exception
        "25",  # a standby that took over reading only
        "28",  # not let in: a password being changed
        "3D",  # the database is not there (yet)
        "40",  # serialization failure, deadlock
        "53",  # insufficient resources, too many connections
        "55",  # lock not available
        "57",  # statement timeout, shutdown, starting up
        "58",  # its disk
        "XX",  # its files
    }
)
_NOT_MIGRATED = frozenset({"3F000", "42P01", "42703", "42704", "42883"})  # schema, table, column, type, function


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise StoreUnavailableError or RefusedDataError, with the cause, for what the driver raised in the block."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error) from error
    except UnicodeEncodeError as error:
        raise RefusedDataError("a text holds half of a surrogate pair") from error


def _translated(error: psycopg.Error) -> Exception:
    code = error.sqlstate
    if code in _NOT_MIGRATED:
        return StoreUnavailableError("PostgreSQL lacks part of our schema: apply the migrations")
    if (code and code[:2] in _REFUSED_CLASSES) or (code is None and isinstance(error, psycopg.DataError)):
        return RefusedDataError(f"PostgreSQL cannot hold this: {_first_line(error)}")
    # Without a code the driver itself noticed: the connection could not be made, or was lost.
    if code is None or code[:2] in _UNAVAILABLE_CLASSES:
        return StoreUnavailableError("PostgreSQL does not answer, or not in time: try again later")
    return error


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
