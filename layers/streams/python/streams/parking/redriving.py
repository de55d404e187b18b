"""Parked entries that a person asked for again: handed over in order, one key after the other."""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from streams.entry import Entry
from streams.invoking.invocation import Invocation
from streams.invoking.outcome import Outcome
from streams.lanes.report import NOTHING, PollReport
from streams.parking.place import ParkingPlace, Redrive

logger = logging.getLogger(__name__)


class Redriving:
    """One lane's retries by hand: does one batch a turn, so that everything else goes on in between.

    The lane's own thread makes the turns, so that nothing of a key is handed over while its parked entries are, and no
    more invocations run at once than there are lanes.
    """

    def __init__(
        self, parking: ParkingPlace, invocation: Invocation, batch_size: int, released: Callable[[str], None]
    ) -> None:
        """`released` hears of every key of which nothing is parked any more."""
        self._parking = parking
        self._invocation = invocation
        self._batch_size = batch_size
        self._released = released
        self._asked: set[str] = set()
        self._queue: deque[Redrive] = deque()

    def __bool__(self) -> bool:
        """Whether there is something to do."""
        return bool(self._asked or self._queue)

    def ask(self, keys: Iterable[str]) -> None:
        """These keys were asked for. May come from another thread than `turn`; a request stands until it is done."""
        self._asked = self._asked | set(keys)

    def turn(self) -> PollReport:
        """One batch of one key. What fails is tried once: it was asked for by a person, who is told.

        What says "not now" stays asked for, and is taken again at the next look.
        """
        if not self._queue:
            asked, self._asked = self._asked, set()
            self._queue.extend(self._parking.requested(asked) if asked else [])
        if not self._queue:
            return NOTHING
        redrive = self._parking.still_parked(self._queue.popleft(), self._batch_size)
        entries = redrive.entries[: self._batch_size]
        if not entries:
            return NOTHING
        outcome = self._hand_over(entries)
        left = self._parking.release(redrive, outcome.done) if outcome.done else 1
        if left <= 0:
            self._released(redrive.key)
        if outcome.failure is not None and outcome.failure.transient:
            logger.warning("parked entries have to wait", extra={"key": redrive.key, "error": outcome.failure.message})
        elif outcome.failure is not None:
            self._parking.refuse(redrive, outcome.done, outcome.failure)
        elif len(redrive.entries) > len(entries):
            self._queue.appendleft(_after(redrive, len(entries)))
        facts = {"key": redrive.key, "done": outcome.done, "still_parked": left}
        logger.info("parked entries were handed over again", extra=facts)
        return PollReport(len(entries), outcome.done, len(entries) - outcome.done, redelivered=len(entries))

    def _hand_over(self, entries: list[Entry]) -> Outcome:
        """The batch; where it failed as a whole, its entries one by one up to the first that fails."""
        outcome = self._invoke(entries)
        if outcome.failure is None or outcome.culprit_known or len(entries) == 1:
            return outcome
        for place, entry in enumerate(entries):
            single = self._invoke([entry])
            if single.failure is not None:
                return replace(single, done=place)
        return Outcome(len(entries))

    def _invoke(self, entries: list[Entry]) -> Outcome:
        outcome = self._invocation.invoke(entries)
        if outcome.done:
            self._invocation.acknowledge([])  # they were, when they were parked; a window's state is kept with it
        return outcome


def _after(redrive: Redrive, count: int) -> Redrive:
    return Redrive(redrive.key, redrive.entries[count:], redrive.parked_ids[count:])
