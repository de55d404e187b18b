"""What the command side answers."""

from typing import Any, Literal

from pydantic import BaseModel, RootModel

from claim_domain import Claim, ClaimStatus
from envelope import Envelope


class AcceptedView(BaseModel):
    """The answer to a command that was done: where the claim is now, and the event that says so."""

    claim_id: str
    status: ClaimStatus
    version: int
    position: int
    event_id: str
    correlation_id: str


class ClaimView(RootModel[Claim]):
    """The claim as its events tell it."""


class EventsView(BaseModel):
    """All events of a claim, oldest first."""

    claim_id: str
    events: list[Envelope]
    count: int


class ReplayView(BaseModel):
    """The claim, folded anew from its events."""

    claim: ClaimView
    reconstructed_from_events: Literal[True]


class BatchView(BaseModel):
    """One result an item, in the order they came: `index`, `status` and the rest of an answer or of a problem."""

    results: list[dict[str, Any]]
    created: int
    failed: int
