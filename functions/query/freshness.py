"""Reads that wait until the read side has what the caller wrote."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from envelope.errors import RetryableError
from repositories.ports.read_model_reader import ReadModelReader

# The read side is usually some milliseconds behind. Waiting keeps the execution environment from everybody else.
WAIT_SECONDS_MAX = 1.0
POLL_SECONDS_FIRST = 0.005
POLL_SECONDS_MAX = 0.1


class NotYetError(RetryableError):
    """The read side is further behind than a request may wait: HTTP 503 with Retry-After."""


@dataclass(frozen=True)
class Clock:
    """What waiting needs of time, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def wait_for(reader: ReadModelReader, position: int | None, clock: Clock) -> None:
    """Return once the read models have `position` (None, 0: at once). Raises NotYetError, StoreUnavailableError."""
    if not position:
        return
    deadline, pause = clock.now() + WAIT_SECONDS_MAX, POLL_SECONDS_FIRST
    while not reader.has_position(position):
        if clock.now() >= deadline:
            raise NotYetError(f"the read side has not reached position {position} yet: try again")
        clock.sleep(pause)
        pause = min(pause * 2, POLL_SECONDS_MAX)
