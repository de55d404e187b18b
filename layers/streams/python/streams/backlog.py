"""What was delivered and failed: waiting its turn again, one key's entries behind each other."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.entry import Entry

BACKOFF_S_FIRST = 0.2
BACKOFF_S_MAX = 30.0


@dataclass
class Waiting:
    """The entries of one key, oldest first, none to be handled before `retry_at` (seconds of the poller's clock)."""

    entries: list[Entry] = field(default_factory=list)
    failures: int = 0
    retry_at: float = 0.0


class Backlog:
    """Pure bookkeeping: keys that failed, and the entries that came after the failure."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    def __len__(self) -> int:
        """How many entries wait."""
        return sum(len(waiting.entries) for waiting in self._waiting.values())

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take in what was pending before we started, due at once."""
        for entry in entries:
            self._waiting.setdefault(entry.key, Waiting(retry_at=float("-inf"))).entries.append(entry)

    def hold_back(self, entries: Iterable[Entry]) -> list[Entry]:
        """Queue the entries whose key is waiting behind it; return the others, which may be handled now."""
        free: list[Entry] = []
        for entry in entries:
            waiting = self._waiting.get(entry.key)
            if waiting is None:
                free.append(entry)
            else:
                waiting.entries.append(entry)
        return free

    def take_due(self, now: float, count: int) -> list[Entry]:
        """At most `count` entries whose time has come, oldest first. They stay until settled."""
        due = [entry for waiting in self._waiting.values() if waiting.retry_at <= now for entry in waiting.entries]
        return sorted(due, key=lambda entry: entry.order)[:count]

    def settle(self, attempted: Iterable[Entry], failed_ids: set[str], now: float) -> list[Entry]:
        """Take note of an invocation; return the entries that are done.

        After the first failure of a key, that entry and all later ones of the key wait, whatever was said of them.
        """
        done: list[Entry] = []
        failed_keys: dict[str, list[Entry]] = {}
        for entry in attempted:
            if entry.key in failed_keys or entry.entry_id in failed_ids:
                failed_keys.setdefault(entry.key, []).append(entry)
            else:
                done.append(entry)
        self.drop(done)
        for key, entries in failed_keys.items():
            self._put_back(key, entries, now)
        return done

    def drop(self, done: Iterable[Entry]) -> None:
        """Forget entries that are over; what waits behind them may come next."""
        done = list(done)
        done_ids = {entry.entry_id for entry in done}
        for key in {entry.key for entry in done} & self._waiting.keys():
            waiting = self._waiting[key]
            waiting.entries = [entry for entry in waiting.entries if entry.entry_id not in done_ids]
            waiting.failures = 0
            if not waiting.entries:
                del self._waiting[key]

    def next_retry_s(self, now: float) -> float | None:
        """Seconds until the next key is due; None when nothing waits."""
        times = [waiting.retry_at for waiting in self._waiting.values()]
        return max(min(times) - now, 0.0) if times else None

    def _put_back(self, key: str, entries: list[Entry], now: float) -> None:
        waiting = self._waiting.setdefault(key, Waiting())
        known = {entry.entry_id for entry in waiting.entries}
        waiting.entries = sorted(
            [*waiting.entries, *(entry for entry in entries if entry.entry_id not in known)], key=lambda e: e.order
        )
        waiting.failures += 1
        waiting.retry_at = now + backoff_s(waiting.failures)


def backoff_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, bounded, with jitter so that keys spread out."""
    longest = min(BACKOFF_S_FIRST * 2.0 ** min(failures - 1, 20), BACKOFF_S_MAX)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, guards nothing)
