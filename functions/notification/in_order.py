"""A batch's records step by step: what fails a step is out, and so are the later records of its claim."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from handlers.batch import HeldBackError, Record

Result = TypeVar("Result")


class InOrder:
    """The records that have failed nothing yet. `failures` holds why the others did, by entry id."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._ready = list(records)
        self.failures: dict[str, Exception] = {}

    def each(self, step: Callable[[Record], Result]) -> dict[str, Result]:
        """Do the step with each record, in order. Returns the results of those that passed, by entry id."""
        results: dict[str, Result] = {}
        held: set[str] = set()
        for record in self._ready:
            claim_id = record.envelope.aggregate_id
            try:
                if claim_id in held:
                    raise HeldBackError(f"an earlier event of {claim_id} failed")  # noqa: TRY301 (fails as others do)
                results[record.entry_id] = step(record)
            except Exception as error:  # noqa: BLE001 (whatever failed, the record must be delivered again)
                held.add(claim_id)
                self.failures[record.entry_id] = error
        self._ready = [record for record in self._ready if record.entry_id in results]
        return results
