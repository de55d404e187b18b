"""The poller's connection to the log."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_TIMEOUT_S = 3.0
# Longer than the poller blocks in XREADGROUP, or a quiet stream would look like a server that is away.
ANSWER_TIMEOUT_S = 10.0


def connect(url: str) -> Redis:
    """A client for the log, under RESP2, with answers in bytes. What fails is told at once: the poller waits itself."""
    return Redis.from_url(
        url,
        protocol=2,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
