"""How far the read models are behind the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from envelope import Envelope
from envelope.errors import RetryableError, UnreadableError
from repositories.ports.read_model_reader import Checkpoint


class Log(Protocol):
    """What is asked of the log. Each raises StoreUnavailableError where it does not answer."""

    def last_position(self) -> int:
        """The position of the last event, 0 for an empty log."""

    def event_at(self, position: int) -> Envelope | None:
        """The event at a position; None where it has been trimmed or never was. Raises UnreadableError."""

    def parked(self) -> int:
        """How many of the projection's events were set aside."""


@dataclass(frozen=True, slots=True)
class Lag:
    """`events` appended and not in the read models; `seconds` since the oldest of them was; `parked` set aside.

    All None, with `problem` saying why, where the log does not answer. `seconds` alone is None where the oldest
    missing event has been trimmed from the log or cannot be read.
    """

    events: int | None
    seconds: float | None
    parked: int | None
    problem: str | None = None


def measure(log: Log, checkpoint: Checkpoint, now: Callable[[], datetime]) -> Lag:
    """Compare the log with the checkpoint."""
    try:
        missing = max(log.last_position() - checkpoint.high_position, 0) + checkpoint.gap_count
        return Lag(missing, _age_s(log, checkpoint.low_position + 1, now()) if missing else 0.0, log.parked())
    except RetryableError as error:
        return Lag(None, None, None, str(error))


def _age_s(log: Log, position: int, now: datetime) -> float | None:
    try:
        event = log.event_at(position)
    except UnreadableError:
        # It is missing because nobody can read it: then nobody can tell its age either.
        return None
    return max((now - event.timestamp).total_seconds(), 0.0) if event else None
