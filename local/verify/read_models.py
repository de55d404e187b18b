"""The rows of `claim_read_models` are what folding the claims' events makes of them, and the counters follow. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from envelope import Envelope
from functions.projection.counting import count, without_zeros
from local.verify.claims import Step, with_context
from local.verify.differences import differing
from local.verify.findings import Finding
from local.verify.moment import Moment
from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import CounterDeltas

_NAMES = tuple(each.name for each in fields(ClaimRow))

NOT_COUNTED = frozenset({"product_name", "named_at"})
"""Columns of counters that count nothing."""

Counters = Mapping[str, Mapping[str | date, Mapping[str, Any]]]
"""Table → key → column → value, without rows that count nothing."""


@dataclass(frozen=True, slots=True)
class Stand:
    """At which version a claim's row stands (0: there is none), and the event of the context that is in it."""

    version: int = 0
    context_event_id: str | None = None


@dataclass(slots=True)
class ReadModelCheck:
    """Judges event after event. `expected` counts what the rows, as they stand, should have added to the counters.

    `is_countable` turns False where that cannot be said, because a row holds what its events cannot have led to.
    """

    expected: CounterDeltas = field(default_factory=CounterDeltas)
    is_countable: bool = True

    def compare(
        self, step: Step, claim_id: str, version: int, position: int, stored_version: int, moment: Moment
    ) -> Iterator[Finding]:
        """One event, given at which version the claim's row stands (0: there is none)."""
        state = moment.state_of("read_models", position)
        if step.is_new_stop and step.stopped is not None and (state == "done" or step.stopped.kind == "unjudged"):
            yield Finding(step.stopped.kind, step.stopped.store, step.stopped.what, claim_id, position)
        if step.stopped is not None:
            self.is_countable = self.is_countable and stored_version < version
            return
        if version == stored_version + 1 and state == "done":
            stands = f"its row stands at version {stored_version}" if stored_version else "it has no row"
            yield Finding("missing", "read_models", f"{stands}, version {version} is done", claim_id, position)
        is_in_counters = version <= stored_version or (stored_version == 0 and state == "done")
        if is_in_counters and step.after is not None and step.after is not step.before:
            count(self.expected, step.before, step.after)

    def compare_context(self, claim_id: str, position: int, stand: Stand, moment: Moment) -> Iterator[Finding]:
        """The event of a claim's context, given how the claim's row stands. What it makes of the row is another's."""
        is_done = moment.is_done("read_models", position)
        if stand.version == 0:
            # Told at the claim's creation; which of its versions the counters know with the context, nobody can tell.
            self.is_countable = self.is_countable and not is_done
        elif stand.context_event_id is None and is_done:
            yield Finding("missing", "read_models", "its row lacks its context, which is done", claim_id, position)

    def compare_row(
        self, position: int, row: ClaimRow, stored: ClaimRow, context: Envelope | None
    ) -> Iterator[Finding]:
        """The stored row beside `row`, which the claim's own events made, and its context where that is in it.

        `position` is that of the event at whose version both stand.
        """
        expected = row
        if stored.context_event_id is not None:
            expected = self._enriched(row, context)
        yield from compare_row(expected, stored, position)

    def _enriched(self, row: ClaimRow, context: Envelope | None) -> ClaimRow:
        was_countable, self.is_countable = self.is_countable, False
        if context is None:
            return row
        expected = with_context(row, context)
        count(self.expected, row, expected)
        self.is_countable = was_countable
        return expected


def compare_row(expected: ClaimRow, stored: ClaimRow, position: int) -> Iterator[Finding]:
    """A row beside what its events make of it, at the same version, which that of the event at `position` is."""
    names = differing(_named(expected), _named(stored))
    if names:
        what = f"its row at version {stored.version} differs in {', '.join(names)}"
        yield Finding("different", "read_models", what, expected.claim_id, position)


def compare_counters(deltas: CounterDeltas, stored: Counters) -> Iterator[Finding]:
    """The counters beside a recount."""
    expected = expected_counters(deltas)
    for table in expected:
        for key in sorted({*expected[table], *stored[table]}, key=str):
            told = ", ".join(_differences(expected[table].get(key, {}), stored[table].get(key, {})))
            if told:
                yield Finding("different", "read_models", f"{table} {key}: {told}")


def expected_counters(deltas: CounterDeltas) -> dict[str, dict[str | date, dict[str, Any]]]:
    """The deltas in the form of the tables."""
    kept = without_zeros(deltas)
    tables: dict[str, Mapping[Any, Any]] = {
        "customer_stats": kept.customers,
        "agent_stats": kept.agents,
        "claim_type_stats": kept.claim_types,
        "daily_trends": kept.days,
        "product_stats": kept.products,
        "order_stats": kept.orders,
        "order_status_stats": kept.order_statuses,
        "channel_stats": kept.channels,
    }
    return {table: {key: _counted(delta) for key, delta in rows.items()} for table, rows in tables.items()}


def _counted(delta: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(delta).items() if name not in NOT_COUNTED}


def _named(row: ClaimRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _NAMES}


def _differences(expected: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[str]:
    """Column by column; a row that is not there counts as nothing in each of them."""
    for name in sorted({*expected, *stored}):
        wanted, found = expected.get(name), stored.get(name)
        if (wanted or 0) != (found or 0):
            yield f"{name} {_told(found, wanted)}, not {_told(wanted, found)}"


def _told(value: Any, other: Any) -> str:
    """A count or a date; `other`, which is not empty where this is, says which of them is none."""
    if value is not None:
        return str(value)
    return "0" if isinstance(other, int) else "none"
