"""What a contender notes of the records it handles."""

import time
from typing import Any


class Notes:
    """Counts records, and how long after it was sent each one was handled."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.handled = 0
        self._began_s = 0.0
        self._ended_s = 0.0
        self._latencies_ms: list[float] = []

    @property
    def is_done(self) -> bool:
        """Whether every record was handled."""
        return self.handled >= self.expected

    def record(self, event: dict[str, Any]) -> None:
        """Handle one record."""
        now_ns = time.time_ns()
        if not self.handled:
            self._began_s = time.perf_counter()
        self.handled += 1
        self._latencies_ms.append((now_ns - event["sent_ns"]) / 1e6)
        if self.is_done:
            self._ended_s = time.perf_counter()

    def result(self) -> dict[str, float]:
        """`records_per_s` from the first record to the last; latencies in milliseconds."""
        ordered = sorted(self._latencies_ms)
        return {
            "records_per_s": self.handled / (self._ended_s - self._began_s),
            "p50_ms": ordered[len(ordered) // 2],
            "p95_ms": ordered[int(len(ordered) * 0.95)],
        }
