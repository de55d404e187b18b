"""Whatever happened to a claim: replay from the archive is the claim as the write side left it, snapshots or none."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from claim_domain import AssignClaim, ClaimCommand, CloseClaim, CreateClaim, ResolveClaim, StartClaim, WrongStatusError
from claim_domain import replay as fold_all
from claim_domain.view import claim_to_dict
from envelope import CustomerContext, Envelope
from functions.event_store.service import EventHistory, Moment
from repositories.memory.archive import MemoryArchive
from repositories.memory.snapshots import MemorySnapshots
from tests.contract.histories import START, Writer

TEXT = st.text(min_size=1, max_size=20)
COMMANDS = st.one_of(
    st.builds(AssignClaim, agent_id=TEXT, agent_name=st.none() | TEXT),
    st.builds(StartClaim),
    st.builds(ResolveClaim, resolution=TEXT, follow_up_required=st.booleans()),
    st.builds(CloseClaim, reason=st.none() | TEXT),
)
CREATIONS = st.builds(
    CreateClaim,
    customer_id=TEXT,
    claim_type=st.sampled_from(["product_defect", "delivery_issue", "billing_error", "service_complaint"]),
    description=TEXT,
    urgency=st.sampled_from(["low", "medium", "high", "critical"]),
    customer=st.none() | st.builds(CustomerContext, name=TEXT, email=TEXT),
)


@dataclass(frozen=True)
class Step:
    command: ClaimCommand
    seconds: int  # how far the writer's clock is from the one before; it may go back
    snapshot_after: bool


STEPS = st.lists(st.builds(Step, COMMANDS, st.integers(-90, 300), st.booleans()), max_size=25)


def run(creation: CreateClaim, steps: list[Step], snapshots: MemorySnapshots) -> tuple[Writer, MemoryArchive]:
    """Write what is allowed, archive it, take snapshots on the way."""
    writer, archive, moment = Writer(), MemoryArchive(), START
    history = EventHistory(archive, snapshots)
    for step in [Step(creation, 0, False), *steps]:
        moment += timedelta(seconds=step.seconds)
        try:
            archive.append([writer.write("claim_1", step.command, at=moment)])
        except WrongStatusError:
            continue
        if step.snapshot_after:
            history.take_snapshot("claim_1")
    return writer, archive


@settings(max_examples=60, deadline=None)
@given(creation=CREATIONS, steps=STEPS)
def test_replay_is_the_write_sides_claim(creation: CreateClaim, steps: list[Step]) -> None:
    snapshots = MemorySnapshots()
    writer, archive = run(creation, steps, snapshots)
    replayed = EventHistory(archive, snapshots).replay("claim_1", Moment())
    assert replayed.folded.claim == writer.claims["claim_1"]
    assert claim_to_dict(replayed.folded.claim) == claim_to_dict(writer.claims["claim_1"])


@settings(max_examples=60, deadline=None)
@given(creation=CREATIONS, steps=STEPS, data=st.data())
def test_replay_to_any_moment_is_the_same_with_and_without_snapshots(
    creation: CreateClaim, steps: list[Step], data: st.DataObject
) -> None:
    snapshots = MemorySnapshots()
    writer, archive = run(creation, steps, snapshots)
    moment = Moment(
        data.draw(st.none() | st.integers(1, 30), "version"),
        data.draw(st.none() | st.sampled_from([event.timestamp for event in writer.events]), "time"),
    )
    expected = beginning(writer.events, moment)
    if not expected:  # the clock went back below the first event's time
        return
    helped = EventHistory(archive, snapshots)
    for with_events in (True, False):
        replayed = helped.replay("claim_1", moment, with_events=with_events)
        plain = EventHistory(archive, MemorySnapshots()).replay("claim_1", moment, with_events=with_events)
        assert replayed.folded == plain.folded
        assert replayed.events == plain.events
        assert replayed.folded.claim == fold_all(expected)
        assert [entry["version"] for entry in replayed.folded.history] == [event.version for event in expected]


def beginning(events: list[Envelope], moment: Moment) -> list[Envelope]:
    """The events up to a moment, told another way than the archive tells it."""
    within: list[Envelope] = []
    for event in events:
        if moment.timestamp is not None and event.timestamp > moment.timestamp:
            break
        if moment.version is None or event.version <= moment.version:
            within.append(event)
    return within
