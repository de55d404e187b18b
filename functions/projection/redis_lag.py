"""The log, as far as the projection asks about its lag."""

from typing import TYPE_CHECKING

from envelope import Envelope
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.event_log import RedisEventLog

if TYPE_CHECKING:
    from redis import Redis


class RedisLag:
    """A `functions.projection.lag.Log` on Redis Streams."""

    def __init__(self, client: "Redis", group: str) -> None:
        """`group` is the consumer group of the projection's subscriber."""
        self._client = client
        self._log = RedisEventLog(client)
        # As the event source mapping names it: architecture.md, section 5.
        self._parked_stream = f"events:parked:{group}"

    def last_position(self) -> int:
        """See Log."""
        return self._log.last_position()

    def event_at(self, position: int) -> Envelope | None:
        """See Log."""
        return self._log.event_at(position)

    def parked(self) -> int:
        """See Log."""
        with translated_errors():
            return self._client.xlen(self._parked_stream)
