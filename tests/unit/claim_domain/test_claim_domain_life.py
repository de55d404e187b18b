"""decide and evolve under any sequence of commands."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claim_domain import (
    AssignClaim,
    Claim,
    ClaimCommand,
    ClaimStatus,
    CloseClaim,
    CreateClaim,
    ResolveClaim,
    StartClaim,
    WrongStatusError,
    decide,
    evolve,
    replay,
)
from claim_domain.decide import ClaimExistsError
from claim_domain.evolve import BrokenHistoryError
from claim_domain.view import claim_from_dict, claim_to_dict
from envelope import CustomerContext, Envelope, OrderContext, OrderItem, event_type_of, from_json, to_json
from envelope.errors import NotFoundError, RejectedError

START = datetime(2025, 7, 8, 14, 30, tzinfo=UTC)

moments = st.datetimes(datetime(1900, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (zone beside)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
maybe = st.none() | texts
amounts = st.none() | st.floats(-1e12, 1e12)
items = st.builds(
    OrderItem, product_id=maybe, product_name=maybe, quantity=st.none() | st.integers(0, 10**9), unit_price=amounts
)
orders = st.builds(OrderContext, id=maybe, status=maybe, total_amount=amounts, items=st.tuples(items), source=maybe)
customers = st.builds(CustomerContext, name=maybe, email=maybe, phone=maybe)
creations = st.builds(
    CreateClaim, customer_id=texts, description=texts, order=st.none() | orders, customer=st.none() | customers
)
changes = st.one_of(
    st.builds(AssignClaim, agent_id=texts, agent_name=maybe, estimated_resolution_time=st.none() | moments),
    st.builds(StartClaim),
    st.builds(ResolveClaim, resolution=texts, follow_up_required=st.booleans(), replacement_tracking=maybe),
    st.builds(CloseClaim, reason=maybe),
)
commands = st.lists(changes | creations, max_size=25)

NEXT: dict[ClaimStatus | None, dict[type, ClaimStatus]] = {
    None: {CreateClaim: ClaimStatus.CREATED},
    ClaimStatus.CREATED: {AssignClaim: ClaimStatus.ASSIGNED},
    ClaimStatus.ASSIGNED: {AssignClaim: ClaimStatus.ASSIGNED, StartClaim: ClaimStatus.IN_PROGRESS},
    ClaimStatus.IN_PROGRESS: {AssignClaim: ClaimStatus.IN_PROGRESS, ResolveClaim: ClaimStatus.RESOLVED},
    ClaimStatus.RESOLVED: {CloseClaim: ClaimStatus.CLOSED},
    ClaimStatus.CLOSED: {},
}
"""The whole life of a claim: which command leads where; all others are refused."""


def record(claim: Claim | None, command: ClaimCommand, occurred_at: datetime) -> tuple[Claim, Envelope]:
    """The claim after the command, and the event as it would be stored."""
    fact = decide(claim, command)
    after = evolve(claim, fact, claim_id="claim_1", occurred_at=occurred_at)
    envelope = Envelope(
        event_id=f"event-{after.version}",
        event_type=event_type_of(fact).name,
        aggregate_id="claim_1",
        data=fact.model_dump(mode="json", exclude_none=True),
        timestamp=occurred_at,
        correlation_id="trace",
        version=after.version,
    )
    return after, envelope


def live(given_commands: list[ClaimCommand]) -> tuple[Claim | None, list[Envelope], list[Claim]]:
    """Do what can be done: the last claim, the events, and the claim after each."""
    claim: Claim | None = None
    events: list[Envelope] = []
    states: list[Claim] = []
    for minute, command in enumerate(given_commands):
        before = claim
        status = claim.status if claim else None
        try:
            claim, event = record(claim, command, START + timedelta(minutes=minute))
        except (RejectedError, NotFoundError):
            assert type(command) not in NEXT[status], f"{command} should be possible when {status}"
            assert claim is before
        else:
            assert claim.status is NEXT[status][type(command)]
            events.append(event)
            states.append(claim)
    return claim, events, states


@given(commands)
def test_any_commands_lead_only_along_the_claims_life(given_commands: list[ClaimCommand]) -> None:
    claim, events, states = live(given_commands)
    assert [event.version for event in events] == [state.version for state in states] == list(range(1, len(events) + 1))
    if claim is None:
        assert not any(isinstance(command, CreateClaim) for command in given_commands)
        return
    assert (claim.agent_id is None) == (claim.status is ClaimStatus.CREATED)
    assert (claim.resolved_at is not None) == (claim.status in (ClaimStatus.RESOLVED, ClaimStatus.CLOSED))
    assert (claim.closed_at is not None) == (claim.status is ClaimStatus.CLOSED)
    assert claim.created_at <= claim.updated_at


@given(commands)
def test_replay_of_the_stored_events_is_the_state_as_it_came_about(given_commands: list[ClaimCommand]) -> None:
    claim, events, states = live(given_commands)
    stored = [from_json(to_json(event)) for event in events]
    assert stored == events
    assert replay(stored) == claim
    for count, state in enumerate(states, start=1):
        assert replay(stored[:count]) == state
        assert replay(stored[count:], state) == claim


@given(commands)
def test_a_claim_shown_as_json_reads_back_equal(given_commands: list[ClaimCommand]) -> None:
    _, _, states = live(given_commands)
    for state in states:
        assert claim_from_dict(claim_to_dict(state)) == state


def life() -> list[Envelope]:
    """The five events of a claim's shortest life."""
    _, events, _ = live(
        [
            CreateClaim("cust_1", "billing_error", "Facturé deux fois"),
            AssignClaim("agent_smith"),
            StartClaim(),
            ResolveClaim("Remboursé"),
            CloseClaim(),
        ]
    )
    return events


def test_five_events_end_closed_and_three_in_progress() -> None:
    closed, in_progress = replay(life()), replay(life()[:3])
    assert closed is not None
    assert in_progress is not None
    assert (closed.status, in_progress.status) == (ClaimStatus.CLOSED, ClaimStatus.IN_PROGRESS)


@pytest.mark.parametrize(
    "order", [[1, 2, 3, 4], [0, 2], [0, 1, 1], [1, 0], [0, 1, 2, 4, 3], [0, 0]], ids=lambda order: str(order)
)
def test_a_history_with_a_gap_a_double_or_another_order_is_not_believed(order: list[int]) -> None:
    events = life()
    with pytest.raises(BrokenHistoryError):
        replay([events[index] for index in order])


def test_a_history_that_does_not_begin_with_the_creation_is_not_believed() -> None:
    assigned = life()[1].model_copy(update={"version": 1})
    with pytest.raises(BrokenHistoryError, match="not ReclamationCreee"):
        replay([assigned])


def test_a_claim_is_created_once() -> None:
    claim = replay(life()[:1])
    with pytest.raises(ClaimExistsError):
        decide(claim, CreateClaim("cust_1", "billing_error", "encore"))


def test_a_refusal_tells_the_status_and_the_one_needed() -> None:
    claim = replay(life()[:1])
    with pytest.raises(WrongStatusError, match="is created; to resolve it, it must be in_progress"):
        decide(claim, ResolveClaim("déjà"))


@pytest.mark.parametrize("command", [AssignClaim("agent"), StartClaim(), ResolveClaim("r"), CloseClaim()])
def test_a_claim_that_never_was_cannot_be_changed(command: Any) -> None:
    with pytest.raises(NotFoundError):
        decide(None, command)


def test_a_claim_reassigned_at_work_stays_at_work_and_keeps_its_start() -> None:
    claim = replay(life()[:3])
    assert claim is not None
    after, _ = record(claim, AssignClaim("agent_jones", agent_name="Jones"), START + timedelta(days=1))
    assert (after.status, after.agent_id, after.started_at) == (
        ClaimStatus.IN_PROGRESS,
        "agent_jones",
        claim.started_at,
    )
