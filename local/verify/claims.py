"""What must be known of a claim to judge its next event: its row so far, and how to reach its customer.

Kept for a bounded number of claims; what was let go is folded anew from the claim's earlier events.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from envelope import Envelope, ReclamationCreee, read_payload
from envelope.errors import RecoursError, UnreadableError
from functions.notification.rules import contact_of
from functions.projection.fold import VersionGapError, fold
from local.verify.findings import Kind, Store
from local.verify.judging import could_not
from repositories.ports.contacts import Contact
from repositories.ports.read_model_rows import ClaimRow

CLAIMS_MAX = 20_000  # each takes some kilobytes


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a claim's row goes no further, and where that is wrong."""

    kind: Kind
    store: Store
    what: str


@dataclass(slots=True)
class ClaimState:
    """A claim after some of its events. `stopped` says why its row goes no further, None while it does.

    `is_cut`: its beginning is among what was accepted as lost, so nothing is known of its row and its customer.
    `contact_error` is what reading the contact raised.
    """

    version: int = 0
    position: int = 0
    row: ClaimRow | None = None
    contact: Contact | None = None
    contact_error: Exception | None = None
    stopped: Stop | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One event applied: the claim's row before and after it, and what kept the row from following."""

    before: ClaimRow | None
    after: ClaimRow | None
    contact: Contact | None
    contact_error: Exception | None
    stopped: Stop | None
    is_new_stop: bool
    is_cut: bool


class ClaimStates:
    """The states of the claims by their own events, without contexts; the least recently touched may be let go.

    `read_events(claim_id, before_version)` gives a claim's earlier events by version, wherever they are. Events up to
    position `lost_up_to` may be missing: that was accepted.
    """

    def __init__(
        self,
        read_events: Callable[[str, int], Sequence[Envelope]],
        claims_max: int = CLAIMS_MAX,
        lost_up_to: int = 0,
    ) -> None:
        self._read_events = read_events
        self._claims_max = claims_max
        self._lost_up_to = lost_up_to
        self._states: OrderedDict[str, ClaimState] = OrderedDict()

    def apply(self, event: Envelope) -> Step:
        """Fold the event into its claim."""
        state = self._state_before(event)
        before, was_stopped = state.row, state.stopped is not None
        self._apply(state, event)
        is_new_stop = state.stopped is not None and not was_stopped
        return Step(
            before, state.row, state.contact, state.contact_error, state.stopped, is_new_stop, is_cut=state.is_cut
        )

    def forget(self, claim_id: str) -> None:
        """Let one go: no more of it is likely to come."""
        self._states.pop(claim_id, None)

    def is_cut(self, claim_id: str) -> bool:
        """Whether the claim began before the accepted beginning, asked at an event of its context."""
        state = self._states.get(claim_id)
        if state is not None:
            return state.is_cut
        return self._lost_up_to > 0 and not self._read_events(claim_id, 2)

    def _state_before(self, event: Envelope) -> ClaimState:
        claim_id = event.aggregate_id
        state = self._states.get(claim_id)
        if state is None or state.version >= event.version > 1:
            state = ClaimState()
            for earlier in self._read_events(claim_id, event.version) if event.version > 1 else ():
                self._apply(state, earlier)
            self._states[claim_id] = state
        self._states.move_to_end(claim_id)
        if len(self._states) > self._claims_max:
            self._states.popitem(last=False)
        return state

    def _apply(self, state: ClaimState, event: Envelope) -> None:
        is_gap = event.version != state.version + 1
        # What is missing after an event behind the accepted beginning was lost since, and that is wrong.
        state.is_cut = state.is_cut or (is_gap and state.position < self._lost_up_to)
        state.version, state.position = event.version, event.position or 0
        if state.is_cut:
            return
        _note_contact(state, event)
        if state.stopped is None:
            _follow(state, event)


def with_context(row: ClaimRow, context: Envelope) -> ClaimRow:
    """The row with the claim's context in it, whichever of both came first. Raises as `fold` does."""
    return fold(row, context, context.position or 0)


def _follow(state: ClaimState, event: Envelope) -> None:
    try:
        state.row = fold(state.row, event, event.position or 0)
    except VersionGapError:
        last = state.row.version if state.row else 0
        state.stopped = Stop("different", "log", f"version {event.version} follows version {last}")
    except RecoursError as error:
        what = f"version {event.version} cannot be applied ({type(error).__name__})"
        state.stopped = Stop("different", "log", what)
    except Exception as error:  # noqa: BLE001
        # The projection's own code is broken: that says nothing against the log.
        state.stopped = Stop("unjudged", "read_models", f"version {event.version} {could_not(error)}")


def _note_contact(state: ClaimState, event: Envelope) -> None:
    if state.contact is None:
        try:
            state.contact = _contact(event)
        except Exception as error:  # noqa: BLE001 - told of each of the claim's events that depends on it
            state.contact_error = error


def _contact(event: Envelope) -> Contact | None:
    try:
        fact = read_payload(event)
    except UnreadableError:
        return None
    return contact_of(event.aggregate_id, fact) if isinstance(fact, ReclamationCreee) else None
