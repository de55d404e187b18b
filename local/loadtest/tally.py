"""What is counted while commands are sent, by several threads at once."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    """What is wrong, and with which claim."""

    claim: str
    what: str

    def __str__(self) -> str:
        return f"{self.claim}: {self.what}"


@dataclass
class Tally:
    """`errors` counts answers that were not a success, by status; `connection` stands for no answer at all.

    `command_seconds` go from a command's first attempt to its acknowledgement, repeats and waits included.
    `changed` is called with the number of acknowledged commands, one call at a time.
    """

    changed: Callable[[int], None]
    command_seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    failures: list[Failure] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledged(self, seconds: float) -> None:
        """Count a command that was acknowledged `seconds` after its first attempt."""
        with self._lock:
            self.command_seconds.append(seconds)
            self.changed(len(self.command_seconds))

    def failed_attempt(self, kind: str) -> None:
        """Count an attempt that was not acknowledged: an HTTP status, or `connection`."""
        with self._lock:
            self.errors[kind] += 1

    def retried(self) -> None:
        """Count one repeat."""
        with self._lock:
            self.retries += 1

    def failed(self, claim: str, what: str) -> None:
        """Keep what went wrong for good, once."""
        failure = Failure(claim, what)
        with self._lock:
            if failure not in self.failures:
                self.failures.append(failure)
