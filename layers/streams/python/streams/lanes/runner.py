"""One lane at work: hand over, take note, acknowledge, park."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from streams.entry import Entry
from streams.group.source import GroupSource
from streams.invoking.invocation import Invocation
from streams.lanes.attempt import Attempt, Parking
from streams.lanes.lane import Lane
from streams.lanes.report import NOTHING, PollReport
from streams.parking.place import Parked, ParkingPlace
from streams.parking.redriving import Redriving

logger = logging.getLogger(__name__)

Told = Callable[[Sequence[Parking]], None]


class LaneRunner:
    """Runs the turns of a lane. `offer` may come from another thread than `turn`.

    A process that dies anywhere here leaves its entries pending: what is not acknowledged comes again.
    """

    def __init__(
        self,
        lane: Lane,
        source: GroupSource,
        parking: ParkingPlace,
        invocation: Invocation,
        *,
        batch_size: int,
        told: Told | None = None,
    ) -> None:
        """`told` hears of every entry that was parked; `batch_size` is that of retries by hand."""
        self._lane = lane
        self._source = source
        self._parking = parking
        self._invocation = invocation
        self._told = told
        self._redriving = Redriving(parking, invocation, batch_size, self._release)
        self._handed_over: set[str] = set()
        self.changed = threading.Condition()

    def __len__(self) -> int:
        """How many entries it holds."""
        with self.changed:
            return len(self._lane)

    def restore(self, entries: Sequence[Entry]) -> None:
        """Take what was pending before: it was delivered before, and is delivered again."""
        self._handed_over.update(entry.entry_id for entry in entries)
        self.offer(entries)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Take entries that the group delivered."""
        with self.changed:
            self._lane.offer(entries)
            self.changed.notify()

    def hold_parked(self, keys: Iterable[str]) -> None:
        """These keys are parked."""
        with self.changed:
            self._lane.hold_parked(keys)

    def ask(self, keys: Iterable[str]) -> None:
        """People asked that what is parked of these keys be handed over again."""
        with self.changed:
            self._redriving.ask(keys)
            self.changed.notify()

    def next_due_s(self) -> float | None:
        """Seconds until there is something to do; None where nothing is held."""
        with self.changed:
            return 0.0 if self._redriving else self._lane.next_due_s()

    def turn(self) -> PollReport:
        """Make at most one retry by hand and one attempt, and park what is to be parked."""
        return self._redriving.turn() + self._attempt()

    def _attempt(self) -> PollReport:
        with self.changed:
            attempt = self._lane.next_attempt()
            parkings = self._lane.take_parkings()
        parked = self._park(parkings) if parkings else 0
        if attempt is None:
            return PollReport(parked=parked) if parked else NOTHING
        entries = self._hand_over(attempt)
        if not entries:
            return PollReport(parked=parked)
        outcome = self._invocation.invoke(entries)
        with self.changed:
            done = self._lane.settle(attempt, outcome)
            parkings = self._lane.take_parkings()
        if done:
            self._invocation.acknowledge([entry.entry_id for entry in done])
            self._handed_over.difference_update(entry.entry_id for entry in done)
        parked += self._park(parkings) if parkings else 0
        redelivered = sum(entry.delivery_count > 1 for entry in entries)
        return PollReport(len(entries), len(done), len(entries) - len(done), redelivered, parked)

    def _hand_over(self, attempt: Attempt) -> list[Entry]:
        """The entries of the attempt, those that were handed over before counted as delivered once more."""
        before = [entry.entry_id for entry in attempt.entries if entry.entry_id in self._handed_over]
        if before:
            again = {entry.entry_id: entry for entry in self._source.deliver_again(before)}
            gone = [entry for entry in attempt.entries if entry.entry_id in before and entry.entry_id not in again]
            if gone:
                self._forget(gone)
            left = [entry for entry in attempt.entries if entry not in gone]
            attempt.entries = [again.get(entry.entry_id, entry) for entry in left]
        self._handed_over.update(entry.entry_id for entry in attempt.entries)
        return attempt.entries

    def _release(self, key: str) -> None:
        with self.changed:
            self._lane.release(key)

    def _forget(self, gone: Sequence[Entry]) -> None:
        with self.changed:
            self._lane.drop(gone)
        self._handed_over.difference_update(entry.entry_id for entry in gone)

    def _park(self, parkings: Sequence[Parking]) -> int:
        result: Parked = self._parking.park(parkings)
        self._handed_over.difference_update(parking.entry.entry_id for parking in parkings)
        for key, entries in result.free.items():
            with self.changed:
                self._lane.release(key, entries)
        if self._told is not None:
            self._told(result.parkings)
        return len(result.parkings)
