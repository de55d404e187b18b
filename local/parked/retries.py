"""A retry of parked events by hand: what was asked for, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from streams.clock import Clock

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """One claim's parked events, to be handed over again by the poller of the group. `events`: how many."""

    group: str
    claim_id: str
    events: int


@dataclass(frozen=True, slots=True)
class Retry:
    """How far it is.

    done     nothing of the claim is parked any more
    failed   the event `parked_id` failed again, with `error_type` and `error`; it and what is behind it stay parked
    waiting  the poller has not taken it, or is at it
    parked   events of the claim are parked, and no retry is asked for: others came, or somebody withdrew it
    """

    group: str
    claim_id: str
    state: Literal["done", "failed", "waiting", "parked"]
    still_parked: int
    parked_id: str | None = None
    error_type: str | None = None
    error: str | None = None


def wait_for(
    look: Callable[[], list[Retry]], quiet_s_max: float, told: Callable[[Sequence[Retry]], None], clock: Clock
) -> list[Retry]:
    """Look again and again until none waits, or for `quiet_s_max` seconds nothing has changed.

    `told` hears of every look; the last one is returned.
    """
    seen, changed_s = look(), clock.monotonic_s()
    told(seen)
    while any(retry.state == "waiting" for retry in seen) and clock.monotonic_s() - changed_s < quiet_s_max:
        clock.sleep(LOOK_EVERY_S)
        now = look()
        if now != seen:
            seen, changed_s = now, clock.monotonic_s()
        told(seen)
    return seen
