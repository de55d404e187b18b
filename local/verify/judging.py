"""A comparison that fails at one event, for the code or the data it meets is broken, is a finding and ends nothing."""

from collections.abc import Callable, Iterable, Iterator

from psycopg import Error as PostgresError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from envelope import Envelope
from local.verify.findings import Finding, Store

STORE_ERRORS = (RedisError, PyMongoError, PostgresError)
"""A server is away: then nothing is known, of any event."""


def judged(store: Store, event: Envelope, compare: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What `compare` finds of the event; if it raises, that the event could not be judged. Raises STORE_ERRORS."""
    try:
        yield from compare()
    except STORE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        what = f"version {event.version} {could_not(error)}"
        yield Finding("unjudged", store, what, event.aggregate_id, event.position)


def could_not(error: Exception) -> str:
    """In one line. Of a validation error the first says enough, and the others hold what somebody wrote."""
    return f"could not be judged: {type(error).__name__}: {str(error).partition(chr(10))[0]}".removesuffix(": ")
