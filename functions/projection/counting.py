"""What one event adds to the counters. Pure: it follows from the row before and the row after.

Each counter is defined as a count over rows, and what an event adds is the difference of the two rows' counts; so the
counters equal a recount of the rows whatever the events were.
"""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import UTC, date, timedelta
from typing import TypeVar

from functions.projection.counting_orders import count_orders
from repositories.ports.read_model_rows import ACTIVE_STATUSES, ClaimRow
from repositories.ports.read_model_writer import (
    AgentDelta,
    ClaimTypeDelta,
    CounterDeltas,
    CustomerDelta,
    DayDelta,
    ProductDelta,
    TotalDelta,
)

Delta = TypeVar("Delta", CustomerDelta, AgentDelta, ClaimTypeDelta, DayDelta, ProductDelta, TotalDelta)
Key = TypeVar("Key", str, date)


def count(deltas: CounterDeltas, before: ClaimRow | None, after: ClaimRow) -> set[str]:
    """Add what the step from `before` to `after` changes; return the read models that it updates."""
    if before is not None:
        _add(deltas, before, -1)
    _add(deltas, after, 1)
    updated = {"claim"}
    if before is None or before.status != after.status:
        updated.add("claim_type_stats")
    if before is None or _customer_part(before) != _customer_part(after):
        updated.add("customer_stats")
    if after.agent_id is not None and (before is None or _agent_part(before) != _agent_part(after)):
        updated.add("agent_stats")
        _note_assignment(deltas.agents[after.agent_id], after)
    return updated | count_orders(deltas, before, after)


def without_zeros(deltas: CounterDeltas) -> CounterDeltas:
    """The deltas that change something: most events leave most of the counters that they belong to alone."""
    return CounterDeltas(
        customers=_changing(deltas.customers),
        agents=_changing(deltas.agents),
        claim_types=_changing(deltas.claim_types),
        days=_changing(deltas.days),
        products=_changing(deltas.products),
        orders=_changing(deltas.orders),
        order_statuses=_changing(deltas.order_statuses),
        channels=_changing(deltas.channels),
        orders_total=deltas.orders_total,
    )


def _changing(deltas: Mapping[Key, Delta]) -> dict[Key, Delta]:
    return {key: delta for key, delta in deltas.items() if _changes(delta)}


def _changes(delta: Delta) -> bool:
    if isinstance(delta, AgentDelta) and delta.last_assignment_date is not None:
        return True
    if isinstance(delta, ProductDelta) and delta.product_name is not None:
        return True
    return any(value for value in astuple(delta) if isinstance(value, int))


def _customer_part(row: ClaimRow) -> tuple[str, str]:
    return (row.customer_id, "active" if row.status in ACTIVE_STATUSES else row.status)


def _agent_part(row: ClaimRow) -> tuple[object, ...]:
    return (row.agent_id, row.assigned_at, row.resolved_at, row.status in ACTIVE_STATUSES)


def _note_assignment(delta: AgentDelta, row: ClaimRow) -> None:
    assert row.assigned_at is not None, "a row with an agent has the time of the assignment"
    delta.last_assignment_date = max(delta.last_assignment_date or row.assigned_at, row.assigned_at)


def _add(deltas: CounterDeltas, row: ClaimRow, sign: int) -> None:
    """Count the row (sign 1) or take it out again (sign -1)."""
    _add_customer(deltas.customers.setdefault(row.customer_id, CustomerDelta()), row, sign)
    _add_claim_type(deltas.claim_types.setdefault(row.claim_type, ClaimTypeDelta()), row, sign)
    _add_days(deltas, row, sign)
    if row.agent_id is not None:
        _add_agent(deltas.agents.setdefault(row.agent_id, AgentDelta()), row, sign)


def _add_customer(delta: CustomerDelta, row: ClaimRow, sign: int) -> None:
    delta.total_claims += sign
    delta.active_claims += sign * (row.status in ACTIVE_STATUSES)
    delta.resolved_claims += sign * (row.status == "resolved")
    delta.closed_claims += sign * (row.status == "closed")
    delta.last_claim_date = max(delta.last_claim_date or row.created_at, row.created_at)


def _add_agent(delta: AgentDelta, row: ClaimRow, sign: int) -> None:
    assert row.assigned_at is not None, "a row with an agent has the time of the assignment"
    delta.total_assigned += sign
    delta.active_claims += sign * (row.status in ACTIVE_STATUSES)
    if row.resolved_at is not None:
        delta.resolved_claims += sign
        # Two servers' clocks may disagree; a claim was never resolved before it was assigned.
        took = max(row.resolved_at - row.assigned_at, timedelta())
        delta.resolution_ms_sum += sign * (took // timedelta(milliseconds=1))


def _add_claim_type(delta: ClaimTypeDelta, row: ClaimRow, sign: int) -> None:
    delta.total_claims += sign
    setattr(delta, row.status, getattr(delta, row.status) + sign)


def _add_days(deltas: CounterDeltas, row: ClaimRow, sign: int) -> None:
    for name, moment in (("created", row.created_at), ("resolved", row.resolved_at), ("closed", row.closed_at)):
        if moment is not None:
            delta = deltas.days.setdefault(moment.astimezone(UTC).date(), DayDelta())
            setattr(delta, name, getattr(delta, name) + sign)
