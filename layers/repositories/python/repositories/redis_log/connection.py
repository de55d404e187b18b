"""One connection to the log's server, which gives up soon, and what its errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from repositories.errors import StoreUnavailableError

TIMEOUT_S = 3.0


def connect(url: str, *, timeout_s: float = TIMEOUT_S) -> "Redis":
    """A client for `url`; it connects at first use, and again by itself after the server was away.

    A process that does one thing at a time holds one connection: the pool gives out the one it has, having looked
    whether the server closed it meanwhile.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        # Some clients of redis-py send a command again after a timeout; whether to do so is our caller's decision.
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # under RESP3 redis-py gives streams another shape
        decode_responses=False,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what the server or the connection says as StoreUnavailableError, with the cause."""
    try:
        yield
    except RedisError as error:
        raise translate(error) from error


def translate(error: RedisError) -> StoreUnavailableError:
    """The error of the tree that a driver's error means."""
    if isinstance(error, OutOfMemoryError):
        return StoreUnavailableError("the log has reached its memory limit; nothing was written")
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return StoreUnavailableError(
            "the log does not answer; whether the command was done is unknown: repeat it with the same Idempotency-Key"
        )
    return StoreUnavailableError("the log refused the command; nothing is known to be written")
