"""What the projection tells of itself: where each read model stands and how many rows it has."""

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel, Field

from envelope import UtcMillis
from functions.projection.lag import Lag, Log, measure
from repositories.ports.read_model_reader import Checkpoint, ReadModelReader

READ_MODELS = (
    "claim_read_models",
    "customer_stats_read_models",
    "agent_stats_read_models",
    "claim_type_stats_read_models",
    "product_stats_read_models",
    "order_stats_read_models",
)


class Projection(BaseModel):
    """Where one read model stands. All of them move in one transaction, so they stand at the same place."""

    name: str
    position: int = Field(description="Every event up to it is applied")
    high_position: int = Field(description="Every event up to it is applied but `gaps` of them")
    gaps: int
    lag_events: int | None = Field(description="Events in the log that are not applied; null while the log is away")
    lag_seconds: float | None = Field(description="Age of the oldest of them; null where the log cannot tell it")
    parked: int | None = Field(description="Events set aside after failing; null while the log is away")
    last_error: str | None
    last_error_at: UtcMillis | None
    updated_at: UtcMillis | None


class Projections(BaseModel):
    """A line a read model. `log` says why the lag is unknown, and is null when all is well."""

    projections: list[Projection]
    count: int
    log: str | None


class ProjectionStats(BaseModel):
    """How many records each read model has."""

    total_claims_projected: int
    customer_stats_records: int
    agent_stats_records: int
    claim_type_stats_records: int
    product_stats_records: int
    order_stats_records: int


class Progress:
    """The use case of the projection's HTTP function."""

    def __init__(self, reader: ReadModelReader, log: Log, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._log = log
        self._now = now

    def projections(self) -> Projections:
        """A line a read model. Raises StoreUnavailableError when the read models do not answer; the log may be away."""
        checkpoint = self._reader.checkpoint()
        lag = measure(self._log, checkpoint, self._now)
        lines = [_line(name, checkpoint, lag) for name in READ_MODELS]
        return Projections(projections=lines, count=len(lines), log=lag.problem)

    def stats(self) -> ProjectionStats:
        """How many records each read model has. Raises StoreUnavailableError."""
        counts = self._reader.record_counts()
        return ProjectionStats(
            total_claims_projected=counts.claims,
            customer_stats_records=counts.customers,
            agent_stats_records=counts.agents,
            claim_type_stats_records=counts.claim_types,
            product_stats_records=counts.products,
            order_stats_records=counts.orders,
        )


def _line(name: str, checkpoint: Checkpoint, lag: Lag) -> Projection:
    return Projection(
        name=name,
        position=checkpoint.low_position,
        high_position=checkpoint.high_position,
        gaps=checkpoint.gap_count,
        lag_events=lag.events,
        lag_seconds=lag.seconds,
        parked=lag.parked,
        last_error=checkpoint.last_error,
        last_error_at=checkpoint.last_error_at,
        updated_at=checkpoint.updated_at,
    )
