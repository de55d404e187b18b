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
        self._held: dict[str, int] = {}  # the size of each entry that we have, in bytes
        self.held_bytes = 0
        self.changed = threading.Condition()

    def __len__(self) -> int:
        """How many entries it holds, those that are being handed over among them."""
        return len(self._held)

    def restore(self, entries: Sequence[Entry]) -> None:
        """Take what was pending before: it was delivered before, and is delivered again."""
        self._handed_over.update(entry.entry_id for entry in entries)
        self.offer(entries)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Take entries that the group delivered."""
        entries = list(entries)
        with self.changed:
            self._lane.offer(entries)
            self._held.update((entry.entry_id, entry.size) for entry in entries)
            self.held_bytes += sum(entry.size for entry in entries)
            self.changed.notify()

    @property
    def fresh(self) -> int:
        """How many entries it holds that were not tried yet, and that nothing holds up."""
        return self._lane.fresh

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
            self._let_go(done)
        parked += self._park(parkings) if parkings else 0
        redelivered = sum(entry.delivery_count > 1 for entry in entries)
        return PollReport(len(entries), len(done), len(entries) - len(done), redelivered, parked)

    def _hand_over(self, attempt: Attempt) -> list[Entry]:
        """The entries of the attempt, those that were handed over before counted as delivered once more."""
        before = {entry.entry_id for entry in attempt.entries if entry.entry_id in self._handed_over}
        if before:
            wanted = [entry.entry_id for entry in attempt.entries if entry.entry_id in before]
            again = {entry.entry_id: entry for entry in self._source.deliver_again(wanted)}
            lost = before - again.keys()
            gone = [entry for entry in attempt.entries if entry.entry_id in lost]
            left = [again.get(entry.entry_id, entry) for entry in attempt.entries if entry.entry_id not in lost]
            if gone:
                self._forget(gone)
            attempt.entries = left
        self._handed_over.update(entry.entry_id for entry in attempt.entries)
        return attempt.entries

    def _release(self, key: str) -> None:
        with self.changed:
            self._lane.release(key)

    def _forget(self, gone: Sequence[Entry]) -> None:
        with self.changed:
            self._lane.drop(gone)
        self._let_go(gone)

    def _let_go(self, entries: Iterable[Entry]) -> None:
        """They are over, or another consumer's."""
        with self.changed:
            for entry in entries:
                self._handed_over.discard(entry.entry_id)
                self.held_bytes -= self._held.pop(entry.entry_id, 0)

    def _park(self, parkings: Sequence[Parking]) -> int:
        result: Parked = self._parking.park(parkings)
        free = {entry.entry_id for entries in result.free.values() for entry in entries}
        self._let_go(parking.entry for parking in parkings if parking.entry.entry_id not in free)
        for key, entries in result.free.items():
            with self.changed:
                self._lane.release(key, entries)
        if self._told is not None:
            self._told(result.parkings)
        return len(result.parkings)
