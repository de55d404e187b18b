"""A claim's life and the moments at which it is looked at, without any server."""

from collections.abc import Collection, Mapping
from typing import Any

from envelope import Envelope
from functions.notification.rules import AgentPolicy
from local.verify.findings import SUBSCRIBED
from local.verify.groups import Discarded, GroupProgress, Parked
from local.verify.log import LogBounds
from local.verify.moment import Moment
from tests.unit.notification.claim_life import EVENT_TYPES, event

AGENTS = AgentPolicy("{agent_id}@agents.example.com")


def life() -> list[Envelope]:
    """Five events of one claim at positions 1 to 5."""
    return [event(event_type, position=number) for number, event_type in enumerate(EVENT_TYPES, start=1)]


def enriched(position: int = 6, **data: Any) -> Envelope:
    """The context of the claim."""
    return event(
        "ReclamationEnrichie",
        {"claim_id": "claim_67890", **data},
        aggregate_id="context_claim_67890",
        event_id="event-context",
        version=1,
        position=position,
    )


def moment(
    read_up_to: int = 5, pending: Collection[int] = (), parked: Collection[int] = (), discarded: Collection[int] = ()
) -> Moment:
    """Every group has got so far."""
    aside: Mapping[int, Parked] = {each: Parked(each, "claim_67890", "RetryAttemptsExhausted") for each in parked}
    given_up = {each: Discarded(each, "claim_67890", "ada", "a duplicate") for each in discarded}
    progress = GroupProgress("a-group", True, read_up_to, dict.fromkeys(pending, 1), aside, given_up)
    return Moment(dict.fromkeys(SUBSCRIBED, progress), LogBounds(1, 5, 5))


UNDONE = (moment(read_up_to=1), moment(pending=[2]), moment(parked=[2]), moment(discarded=[2]))
"""Moments at which the groups are not done with the event at position 2, or never will be."""
