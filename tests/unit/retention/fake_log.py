"""A log in memory from which retention removes, and an archive beside it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from envelope import Envelope
from functions.retention.cooling import Cooling
from functions.retention.service import Limits, Retention
from repositories.memory.archive import MemoryArchive
from repositories.ports.log_memory import MemoryUse
from repositories.ports.log_retention import Cooled, GroupProgress, LogState, Trimmed
from tests.contract.histories import START

GROUPS = ("archiver", "mailer")


class FakeLog:
    """A LogRetention. `groups` and `use` are for the test to set."""

    def __init__(self, events: Sequence[Envelope]) -> None:
        self.events = list(events)
        self.last_position = len(events)
        self.groups = {name: GroupProgress(len(events), len(events)) for name in GROUPS}
        self.use = MemoryUse(10, 100)
        self.cold: set[str] = set()
        self.cooled_to = 0

    def memory(self) -> MemoryUse:
        return self.use

    def state(self) -> LogState:
        return LogState(self.events[0].position if self.events else None, self.last_position, self.groups)

    def event_at(self, position: int) -> Envelope | None:
        return next((event for event in self.events if event.position == position), None)

    def trim(self, keep_from: int, required: Collection[str]) -> Trimmed:
        before = len(self.events)
        self.events = [event for event in self.events if (event.position or 0) >= keep_from]
        return Trimmed({"events:all": before - len(self.events)})

    def closings(self, count: int) -> Sequence[Envelope]:
        waiting = [event for event in self.events if (event.position or 0) > self.cooled_to]
        return [event for event in waiting if event.event_type == "ReclamationCloturee"][:count]

    def events_of(self, aggregate_id: str) -> Sequence[Envelope]:
        if aggregate_id in self.cold:
            return []
        return [event for event in self.events if event.aggregate_id == aggregate_id]

    def cool(self, closings: Sequence[Envelope], contexts: Sequence[Envelope] = ()) -> Cooled:
        names = [each.aggregate_id for each in (*closings, *contexts)]
        entries = sum(len(self.events_of(name)) for name in names)
        self.cold |= set(names)
        self.cooled_to = max([self.cooled_to, *(closing.position or 0 for closing in closings)])
        return Cooled(len(closings), entries)


class Case:
    """A log, an archive of all of it, and a clock that stands a day after the last event."""

    def __init__(self, events: Sequence[Envelope], limits: Limits | None = None) -> None:
        self.log = FakeLog(events)
        self.archive = MemoryArchive()
        assert self.archive.append(events) == {}
        self.now = START + timedelta(days=1)
        self.seconds = 0.0
        self.retention = self.retention_of(limits or Limits(events_min=0, cool_after_s=7 * 86_400))

    def retention_of(self, limits: Limits) -> Retention:
        return Retention(
            self.log,
            self.archive,
            Cooling(self.log, self.archive.of_aggregate),
            required=GROUPS,
            limits=limits,
            now=self._now,
            clock_s=lambda: self.seconds,
        )

    def _now(self) -> datetime:
        return self.now

    def positions(self) -> list[int]:
        return [event.position or 0 for event in self.log.events]
