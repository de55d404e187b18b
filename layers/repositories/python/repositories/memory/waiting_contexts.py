"""WaitingContexts in memory: for unit tests. It forgets everything with the process."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from repositories.ports.waiting_contexts import WantedContext


class MemoryWaitingContexts:
    """A WaitingContexts."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[WantedContext, datetime]] = {}

    def add(self, wanted: Sequence[WantedContext], due_at: datetime) -> None:
        """See WaitingContexts."""
        for each in wanted:
            self._waiting.setdefault(each.claim_id, (each, due_at))

    def due(self, now: datetime, limit: int) -> list[WantedContext]:
        """See WaitingContexts."""
        return [each for each, due_at in self._waiting.values() if due_at <= now][:limit]

    def put_off(self, claim_id: str, due_at: datetime) -> None:
        """See WaitingContexts."""
        if claim_id in self._waiting:
            wanted, _ = self._waiting[claim_id]
            self._waiting[claim_id] = (replace(wanted, attempts=wanted.attempts + 1), due_at)

    def remove(self, claim_ids: Collection[str]) -> None:
        """See WaitingContexts."""
        for claim_id in claim_ids:
            self._waiting.pop(claim_id, None)

    def count(self) -> int:
        """See WaitingContexts."""
        return len(self._waiting)
