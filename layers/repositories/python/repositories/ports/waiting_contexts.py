"""Claims whose context is still to be asked for: the systems that know it did not answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WantedContext:
    """What to ask for one claim. `event_id` is its ReclamationCreee's, `made_at` that event's time.

    `attempts` counts the questions that nobody answered. `metadata` are the event's: the trace that it belongs to.
    """

    claim_id: str
    customer_id: str
    order_id: str | None
    wants_order: bool
    wants_customer: bool
    event_id: str
    correlation_id: str
    made_at: datetime
    attempts: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)


class WaitingContexts(Protocol):
    """Every method raises StoreUnavailableError."""

    def add(self, wanted: Sequence[WantedContext], due_at: datetime) -> None:
        """Keep them, to be asked for from `due_at` on. What is there already stays as it is."""

    def due(self, now: datetime, limit: int) -> list[WantedContext]:
        """At most `limit` of those that may be asked for now, in no order."""

    def put_off(self, claim_id: str, due_at: datetime) -> None:
        """Count one more question without an answer; the next one from `due_at` on."""

    def remove(self, claim_ids: Collection[str]) -> None:
        """These are done."""

    def count(self) -> int:
        """About how many there are."""
