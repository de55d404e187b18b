"""Bring a batch of events into the read models, each exactly once."""

from collections.abc import Callable, Mapping, Sequence

from functions.projection.batch import FoldedBatch, claim_id_of, fold_batch, in_order, refuse_batch
from handlers.batch import Record
from metrics.catalog import PROJECTIONS_UPDATED
from repositories.ports.read_model_writer import ReadModelTransaction, ReadModelWriter, RefusedDataError

Fold = Callable[[ReadModelTransaction], FoldedBatch]


class Projector:
    """The use case of the projection's subscriber."""

    def __init__(self, writer: ReadModelWriter) -> None:
        self._writer = writer

    def apply(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        """Apply the records in one transaction; return the entry ids that failed, each with why.

        Raises StoreUnavailableError, ConcurrentProjectionError: then all of them must come again.
        """
        try:
            return self._write(_folding(records)).failed
        except RefusedDataError:
            # One value that the store cannot hold undoes the whole batch: find out whose it is.
            return self._apply_by_aggregate(records)

    def _apply_by_aggregate(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        failed: dict[str, Exception] = {}
        for some in _by_aggregate(records):
            try:
                failed |= self._write(_folding(some)).failed
            except RefusedDataError as error:
                failed |= self._write(_refusing(some, error)).failed
        return failed

    def _write(self, fold: Fold) -> FoldedBatch:
        batch = self._writer.in_transaction(fold)
        for projection_type, events in batch.updates.items():
            PROJECTIONS_UPDATED.labels(projection_type).inc(events)
        return batch


def _folding(records: Sequence[Record]) -> Fold:
    def fold(transaction: ReadModelTransaction) -> FoldedBatch:
        rows = transaction.lock_claims({claim_id_of(record) for record in records})
        batch = fold_batch(rows, records)
        transaction.save(batch.changes())
        return batch

    return fold


def _refusing(records: Sequence[Record], error: RefusedDataError) -> Fold:
    def refuse(transaction: ReadModelTransaction) -> FoldedBatch:
        batch = refuse_batch(records, error)
        transaction.save(batch.changes())
        return batch

    return refuse


def _by_aggregate(records: Sequence[Record]) -> list[list[Record]]:
    """A claim's events together, those of contexts apart and last: what a context says is not its claim's fault."""
    groups: dict[str, list[Record]] = {}
    for record in in_order(records):
        groups.setdefault(record.envelope.aggregate_id, []).append(record)
    return list(groups.values())
