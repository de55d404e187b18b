"""Commands are refused before the log's server is full, so that what was accepted can still be handled.

The server itself refuses every write at its limit, those of the subscribers' bookkeeping too. Source: INFO's page.
"""

import logging
import time
from collections.abc import Callable, Sequence

from redis import Redis

from envelope import Envelope
from envelope.errors import RecoursError
from repositories.ports.event_log import Append, Appended, Command, EventLog, Outcome
from repositories.ports.log_memory import LogMemory, LogNearlyFullError, MemoryUse
from repositories.redis_log.connection import translated_errors

ASK_AGAIN_S = 1.0

logger = logging.getLogger(__name__)


class RedisMemory:
    """A LogMemory on a Redis or Valkey server."""

    def __init__(self, client: "Redis") -> None:
        self._client = client

    def read(self) -> MemoryUse:
        """See LogMemory."""
        with translated_errors():
            told = self._client.info("memory")
        # What replication and the append-only file buffer is not held against the limit.
        used_bytes = told["used_memory"] - told.get("mem_not_counted_for_evict", 0)
        return MemoryUse(used_bytes, told["maxmemory"] or None)


class MemoryPressure:
    """Whether there is room for one more command. It asks the server at most once a second."""

    def __init__(self, memory: LogMemory, percent_max: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        """Commands are refused while `percent_max` per cent or more of the server's limit are in use."""
        self._memory = memory
        self._percent_max = percent_max
        self._clock_s = clock_s
        self._asked_at_s = float("-inf")
        self._use = MemoryUse(0, None)
        self._warned = False

    def check(self) -> None:
        """Return where there is room. Raises LogNearlyFullError, or StoreUnavailableError where nobody can tell."""
        if self._clock_s() >= self._asked_at_s + ASK_AGAIN_S:
            self._use = self._memory.read()
            self._asked_at_s = self._clock_s()
            self._warn_without_limit()
        if self._use.is_above(self._percent_max):
            raise LogNearlyFullError(
                f"the log's memory is nearly full, {self._percent_max} % or more are in use; nothing was written: "
                "try again later"
            )

    def _warn_without_limit(self) -> None:
        if self._use.limit_bytes is None and not self._warned:
            self._warned = True
            logger.warning("the log's server has no maxmemory: commands go on until the machine has no memory left")


class PressureAwareLog:
    """An `EventLog` that takes no new event under pressure; it reads, and repeats answers, whatever the pressure is."""

    def __init__(self, log: EventLog, pressure: MemoryPressure) -> None:
        self._log = log
        self._pressure = pressure

    def append(
        self, claim_id: str, events: Sequence[Envelope], *, expected_version: int, command: Command | None = None
    ) -> Appended:
        """See `EventLog.append`. Raises LogNearlyFullError besides."""
        try:
            self._pressure.check()
        except LogNearlyFullError as error:
            answer = self._repeat(command, error)
            if isinstance(answer, RecoursError):
                raise answer from None
            return answer
        return self._log.append(claim_id, events, expected_version=expected_version, command=command)

    def append_many(self, items: Sequence[Append]) -> list[Appended | RecoursError]:
        """See `EventLog.append_many`. Under pressure each item that was not done before is a LogNearlyFullError."""
        try:
            self._pressure.check()
        except LogNearlyFullError as error:
            return [self._repeat(item.command, error) for item in items]
        return self._log.append_many(items)

    def outcome_of(self, idempotency_key: str, command_hash: str) -> Outcome | None:
        """See `EventLog.outcome_of`."""
        return self._log.outcome_of(idempotency_key, command_hash)

    def read_claim(self, claim_id: str, after_version: int = 0) -> list[Envelope]:
        """See `EventLog.read_claim`."""
        return self._log.read_claim(claim_id, after_version)

    def last_position(self) -> int:
        """See `EventLog.last_position`."""
        return self._log.last_position()

    def first_position(self) -> int | None:
        """See `EventLog.first_position`."""
        return self._log.first_position()

    def event_at(self, position: int) -> Envelope | None:
        """See `EventLog.event_at`."""
        return self._log.event_at(position)

    def _repeat(self, command: Command | None, refusal: LogNearlyFullError) -> Appended | RecoursError:
        """What was done before is answered as it was then: its client must not take it for refused."""
        if command is None:
            return refusal
        try:
            outcome = self._log.outcome_of(command.idempotency_key, command.command_hash)
        except RecoursError as error:
            return error
        if outcome is None:
            return refusal
        return Appended(outcome.version, outcome.position, replayed=True, outcome=outcome)
