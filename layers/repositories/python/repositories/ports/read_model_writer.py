"""The writing side of the read models: one transaction a batch of events."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from envelope.errors import RetryableError, UnreadableError
from repositories.ports.read_model_rows import ClaimRow

Result = TypeVar("Result")


class RefusedDataError(UnreadableError):
    """The store cannot hold what the batch would write: a value too large, say. Nothing of it was written."""


class ConcurrentProjectionError(RetryableError):
    """Another projector wrote one of the batch's claims at the same time. Nothing of the batch was written."""


@dataclass(slots=True)
class CustomerDelta:
    """What events add to one customer's counters; `last_claim_date` moves forward only."""

    total_claims: int = 0
    active_claims: int = 0
    resolved_claims: int = 0
    closed_claims: int = 0
    last_claim_date: datetime | None = None


@dataclass(slots=True)
class AgentDelta:
    """What events add to one agent's counters; the sum of the resolution times is in milliseconds."""

    total_assigned: int = 0
    active_claims: int = 0
    resolved_claims: int = 0
    resolution_ms_sum: int = 0
    last_assignment_date: datetime | None = None


@dataclass(slots=True)
class ClaimTypeDelta:
    """What events add to one claim type's counters."""

    total_claims: int = 0
    created: int = 0
    assigned: int = 0
    in_progress: int = 0
    resolved: int = 0
    closed: int = 0


@dataclass(slots=True)
class DayDelta:
    """What events add to one day's counters."""

    created: int = 0
    resolved: int = 0
    closed: int = 0


@dataclass(slots=True)
class ProductDelta:
    """What events add to one product's counters; `product_name` is what an order called it at `named_at`."""

    total_claims: int = 0
    active_claims: int = 0
    resolved_claims: int = 0
    closed_claims: int = 0
    product_name: str | None = None
    named_at: datetime | None = None

    def take_name(self, name: str, at: datetime) -> None:
        """The name that was told last stays; of two told at the same time the one that sorts last."""
        if self.named_at is None or (at, name) > (self.named_at, self.product_name or ""):
            self.product_name, self.named_at = name, at


@dataclass(slots=True)
class TotalDelta:
    """What events add to a counter of claims: that of an order, of a status of orders, of a channel."""

    total_claims: int = 0


@dataclass(frozen=True, slots=True, order=True)
class KnownOrdersTotal:
    """How many orders the order system had at a time. Ordered: the later one is the one to keep."""

    told_at: datetime
    orders_total: int


@dataclass(slots=True)
class CounterDeltas:
    """What a batch adds to every counter, by the counter's key. A key is there once an event touched it, even by 0.

    `orders_total` is the last one that the batch's events told.
    """

    customers: dict[str, CustomerDelta] = field(default_factory=dict)
    agents: dict[str, AgentDelta] = field(default_factory=dict)
    claim_types: dict[str, ClaimTypeDelta] = field(default_factory=dict)
    days: dict[date, DayDelta] = field(default_factory=dict)
    products: dict[str, ProductDelta] = field(default_factory=dict)
    orders: dict[str, TotalDelta] = field(default_factory=dict)
    order_statuses: dict[str, TotalDelta] = field(default_factory=dict)
    channels: dict[str, TotalDelta] = field(default_factory=dict)
    orders_total: KnownOrdersTotal | None = None


@dataclass(frozen=True, slots=True)
class FailedPosition:
    """A position that was delivered and could not be applied, with why."""

    position: int
    claim_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadModelChanges:
    """All that one batch changes. `rows` are whole rows, as they are after the batch."""

    rows: Sequence[ClaimRow] = ()
    deltas: CounterDeltas = field(default_factory=CounterDeltas)
    applied: Collection[int] = ()
    failed: Sequence[FailedPosition] = ()


class ReadModelTransaction(Protocol):
    """What can be done before the commit."""

    def lock_claims(self, claim_ids: Collection[str]) -> Mapping[str, ClaimRow]:
        """The rows there are, kept from every other writer until the end. Call it once, first."""

    def save(self, changes: ReadModelChanges) -> None:
        """Write rows, counters and the checkpoint, the last two exactly as often as the rows.

        Positions between the old high position and the new one that are in neither list become gaps, as those that
        failed do; an applied position is no gap any more. Texts hold no NUL (the projection takes them out). Raises
        ConcurrentProjectionError where a row that `lock_claims` did not find is there now, RefusedDataError.
        """


class ReadModelWriter(Protocol):
    """One method: what a batch changes is one transaction."""

    def in_transaction(self, work: Callable[[ReadModelTransaction], Result]) -> Result:
        """What `work` returns, all that it did committed; nothing of it when it raises, or when this does.

        `work` may be run twice, each time from the start. Raises StoreUnavailableError: then nothing is known of the
        commit. Applying the batch again is always safe, for the rows tell which versions they have.
        """
