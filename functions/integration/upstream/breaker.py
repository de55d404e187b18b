"""A circuit breaker that all execution environments share: its memory is in Redis, for functions have none.

pybreaker counts and decides. Three things are added: a success that changes nothing writes nothing (the log's server
syncs each write to its disk), one process at a time tries whether the system is back, and a server that is away leaves
the circuit closed.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, TypeVar

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitRedisStorage,
)
from redis import Redis
from redis.exceptions import RedisError

from functions.integration.upstream.errors import OtherDocumentError, UpstreamUnavailableError
from functions.integration.upstream.patience import TRIAL, USUAL, Patience
from metrics.logs import logger

FAILURES_MAX = 3  # in a row, over all processes
OPEN_S = 3  # until somebody may try; pybreaker keeps whole seconds
TRIAL_MS = 2_000  # longer than a trial takes, but for the slowest; a second one beside that does no harm
# A system that is well but slow must be found to be back, too: of so many trials one is as patient as usual.
PATIENT_TRIAL_EVERY = 5
TRIALS_KEPT_S = 3_600

Answer = TypeVar("Answer")
Circuit = Literal["closed", "open", "half_open"]
_SHOWN: dict[str, Circuit] = {STATE_CLOSED: "closed", STATE_OPEN: "open", STATE_HALF_OPEN: "half_open"}


class CircuitOpenError(UpstreamUnavailableError):
    """It failed too often lately; nobody asked it."""

    def __init__(self) -> None:
        super().__init__("it failed too often lately and was not asked")


class Breaker(Protocol):
    """Keeps off a system that does not answer."""

    def run(self, ask: Callable[[Patience], Answer]) -> Answer:
        """What `ask` returns, or raise CircuitOpenError without asking. An UpstreamUnavailableError is a failure."""

    def circuit(self) -> Circuit:
        """How the next question finds it: open, it is not asked; half open, it is the trial."""


class SharedBreaker:
    """A Breaker over Redis. Keys: `integration:<system>:pybreaker:…`, `…:trial` and `…:trials`."""

    def __init__(self, system: str, client: "Redis") -> None:
        self._client = client
        self._trial = f"integration:{system}:trial"
        self._trials = f"integration:{system}:trials"
        self._storage = _Storage(STATE_CLOSED, client, namespace=f"integration:{system}")
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_MAX,
            reset_timeout=OPEN_S,
            exclude=[lambda error: not _is_failure(error)],
            state_storage=self._storage,
            name=system,
            throw_new_error_on_trip=False,
        )

    def run(self, ask: Callable[[Patience], Answer]) -> Answer:
        """See Breaker."""
        patience = USUAL
        if self._breaker.current_state != STATE_CLOSED:
            patience = self._take_the_trial()
        try:
            return self._breaker.call(ask, patience)
        except CircuitBreakerError:
            raise CircuitOpenError from None

    def circuit(self) -> Circuit:
        """See Breaker."""
        state = self._breaker.current_state
        opened_at = self._storage.opened_at
        if state == STATE_OPEN and opened_at and datetime.now(UTC) >= opened_at + timedelta(seconds=OPEN_S):
            state = STATE_HALF_OPEN  # as the next question will find it
        return _SHOWN.get(state, "closed")

    def _take_the_trial(self) -> Patience:
        """How patient it is to be. Raises CircuitOpenError where it is too early, or somebody else's."""
        try:
            if self.circuit() == "open" or not self._client.set(self._trial, 1, nx=True, px=TRIAL_MS):
                raise CircuitOpenError
            number = int(self._client.incr(self._trials))
            self._client.expire(self._trials, TRIALS_KEPT_S)
        except RedisError:
            raise CircuitOpenError from None
        return TRIAL if number % PATIENT_TRIAL_EVERY else USUAL


def _is_failure(error: BaseException) -> bool:
    return isinstance(error, UpstreamUnavailableError) and not isinstance(error, OtherDocumentError)


class _Storage(CircuitRedisStorage):
    def _initialize_redis_state(self, state: str) -> None:
        try:
            super()._initialize_redis_state(state)
        except RedisError as error:
            logger.warning("circuit breakers cannot be shared", extra={"error": type(error).__name__})

    def reset_counter(self) -> None:
        if self.counter:
            super().reset_counter()
