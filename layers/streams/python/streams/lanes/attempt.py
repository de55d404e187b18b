"""Entries that are handed to the function together, and how often that failed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from streams.entry import Entry
from streams.invoking.outcome import Failure

BACKOFF_S_FIRST = 0.2
BACKOFF_S_MAX = 30.0


@dataclass(eq=False)
class Attempt:
    """One batch, through all its retries. Keys of the batches that wait are disjoint.

    failures         failed invocations that used the retry quota
    tries            all failed invocations, also those that said "not now"
    probes           of these, since it was split last
    due_s            not to be tried before (the clock's `monotonic_s`)
    first_failed_ms  when it failed first, milliseconds since 1970-01-01 UTC
    successes_seen   how often the lane had succeeded by then: more since means that the function does work
    """

    entries: list[Entry]
    failures: int = 0
    tries: int = 0
    probes: int = 0
    due_s: float = float("-inf")
    first_failed_ms: int | None = None
    successes_seen: int = 0
    failure: Failure | None = field(default=None, repr=False)

    @property
    def keys(self) -> set[str]:
        """The ordering keys in it."""
        return {entry.key for entry in self.entries}

    def part(self, entries: Iterable[Entry]) -> "Attempt":
        """Some of its entries, with its past: splitting uses no retry and gives none back."""
        return replace(self, entries=list(entries), due_s=float("-inf"))


@dataclass(frozen=True, slots=True)
class Parking:
    """An entry to be set aside. `reason` is one of the three below, `attempts` how often it was tried."""

    entry: Entry
    reason: str
    failure: Failure
    attempts: int


EXHAUSTED = "RetryAttemptsExhausted"
EXPIRED = "RecordAgeExceeded"
BEHIND = "BehindParkedEvent"


def backoff_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, bounded, with jitter so that keys spread out."""
    longest = min(BACKOFF_S_FIRST * 2.0 ** min(failures - 1, 20), BACKOFF_S_MAX)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, guards nothing)
