"""Fold a batch of records into rows and counters. Pure; one claim's failure is that claim's alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from envelope import is_context_id
from functions.projection.counting import count, without_zeros
from functions.projection.fold import fold
from functions.projection.text import storable
from handlers.batch import HeldBackError, Record
from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import CounterDeltas, FailedPosition, ReadModelChanges

REASON_LENGTH_MAX = 500


@dataclass(slots=True)
class FoldedBatch:
    """What came of a batch: the changed rows by claim, the counters' deltas, what was applied and what failed.

    `failed` has entry ids, as the poller wants them; `updates` counts the events that touched each read model.
    """

    rows: dict[str, ClaimRow] = field(default_factory=dict)
    deltas: CounterDeltas = field(default_factory=CounterDeltas)
    applied: list[int] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)
    failed_positions: list[FailedPosition] = field(default_factory=list)
    updates: Counter[str] = field(default_factory=Counter)

    def changes(self) -> ReadModelChanges:
        """What the store has to write."""
        return ReadModelChanges(
            rows=list(self.rows.values()),
            deltas=without_zeros(self.deltas),
            applied=self.applied,
            failed=self.failed_positions,
        )


def position_of(record: Record) -> int:
    """The record's place in `events:all`, which is also the first part of its entry id there."""
    return record.envelope.position or int(record.entry_id.partition("-")[0])


def is_context(record: Record) -> bool:
    """Whether it is an event of a claim's context, and not of a claim."""
    return is_context_id(record.envelope.aggregate_id)


def claim_id_of(record: Record) -> str:
    """The claim as the read models name it; that of a context is the claim whose row it changes."""
    envelope = record.envelope
    told = envelope.data.get("claim_id") if is_context(record) else None
    claim_id: str = storable(told if isinstance(told, str) else envelope.aggregate_id)
    return claim_id


def in_order(records: Iterable[Record]) -> list[Record]:
    """Each claim's events by version, not as delivered: a redelivered one may come behind the one that waits for it.

    Contexts last, so that each finds the claim that the batch may create.
    """
    return sorted(records, key=lambda record: (is_context(record), record.envelope.version))


def fold_batch(rows: Mapping[str, ClaimRow], records: Sequence[Record]) -> FoldedBatch:
    """Fold the records into `rows`. An event that is in its row already changes nothing."""
    batch = FoldedBatch()
    held: set[str] = set()
    for record in in_order(records):
        claim_id = claim_id_of(record)
        # A context needs its claim's creation and no later event: what failed behind that does not hold it back.
        if claim_id in held and not is_context(record):
            _fail(batch, record, HeldBackError(f"an earlier event of {claim_id} failed"))
            continue
        try:
            _apply(batch, batch.rows.get(claim_id, rows.get(claim_id)), record)
        except Exception as error:  # noqa: BLE001 (whatever is odd about the event, the other claims go on)
            held.add(claim_id)
            _fail(batch, record, error)
    return batch


def _apply(batch: FoldedBatch, before: ClaimRow | None, record: Record) -> None:
    position = position_of(record)
    after = fold(before, record.envelope, position)
    if after is not before:
        batch.updates.update(count(batch.deltas, before, after))
        batch.rows[after.claim_id] = after
    batch.applied.append(position)


def refuse_batch(records: Sequence[Record], error: Exception) -> FoldedBatch:
    """What comes of records that the store cannot hold: all failed, nothing changed."""
    batch = FoldedBatch()
    for record in records:
        _fail(batch, record, error)
    return batch


def _fail(batch: FoldedBatch, record: Record, error: Exception) -> None:
    batch.failed[record.entry_id] = error
    reason = storable(f"{type(error).__name__}: {error}")[:REASON_LENGTH_MAX]
    batch.failed_positions.append(FailedPosition(position_of(record), claim_id_of(record), reason))
