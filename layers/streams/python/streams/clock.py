"""Where a poller has its time from: the machine, or a test that lets a day pass in a moment."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two times, as an operating system has them: `now_ms` may be set back, `monotonic_s` never goes back."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC. For the age of an entry and for windows."""

    def monotonic_s(self) -> float:
        """Seconds since any moment. For back-off and batching."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds, at once where there are none."""


class SystemClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        """See Clock."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """See Clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See Clock."""
        time.sleep(max(seconds, 0.0))


class ManualClock:
    """A clock that stands until it is told to move; sleeping moves it."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = float(now_ms)
        self._monotonic_s = 0.0

    def now_ms(self) -> int:
        """See Clock."""
        return int(self._now_ms)

    def monotonic_s(self) -> float:
        """See Clock."""
        return self._monotonic_s

    def sleep(self, seconds: float) -> None:
        """See Clock."""
        self.advance(max(seconds, 0.0))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ms += seconds * 1000
        self._monotonic_s += seconds
