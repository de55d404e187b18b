"""What is due when: the next time of each schedule, and the retries of what failed."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from local.template import Schedule

# Lambda's own for asynchronous invocations: two more attempts, one minute and then two minutes later.
# Source: "How Lambda handles errors and retries with asynchronous invocation".
RETRIES_AFTER = (timedelta(minutes=1), timedelta(minutes=2))


@dataclass(frozen=True, order=True)
class Occasion:
    """One invocation to be made at `due`, for the time `scheduled`.

    `attempt` is 0 for the first one. A retry gets the very event of the first attempt, hence `event_id`.
    """

    due: datetime
    place: int
    schedule: Schedule = field(compare=False)
    scheduled: datetime = field(compare=False)
    event_id: str = field(compare=False)
    attempt: int = field(compare=False, default=0)


class Occasions:
    """The occasions ahead, of schedules that were made at `now`."""

    def __init__(self, schedules: Iterable[Schedule], now: datetime) -> None:
        self._ahead: list[Occasion] = []
        self._count = 0
        for schedule in schedules:
            self._plan(schedule, now, now)

    @property
    def next_due(self) -> datetime | None:
        """When the first one is due; None where no schedule fires any more."""
        return self._ahead[0].due if self._ahead else None

    def take_due(self, now: datetime) -> Occasion | None:
        """The first one whose time has come; None where none is due. Who takes it calls `go_on` once it is over."""
        if not self._ahead or self._ahead[0].due > now:
            return None
        return heapq.heappop(self._ahead)

    def go_on(self, occasion: Occasion, now: datetime) -> None:
        """Plan the schedule's next time after this one. Times that have passed meanwhile are not made up for."""
        if occasion.attempt == 0:
            self._plan(occasion.schedule, occasion.scheduled, now)

    def retry(self, occasion: Occasion, now: datetime) -> bool:
        """Plan another attempt of one that failed; False where it has had them all."""
        if occasion.attempt == len(RETRIES_AFTER):
            return False
        due = now + RETRIES_AFTER[occasion.attempt]
        self._add(replace(occasion, due=due, place=self._next_place(), attempt=occasion.attempt + 1))
        return True

    def _plan(self, schedule: Schedule, last: datetime, now: datetime) -> None:
        scheduled = schedule.when.next_of(last, now)
        if scheduled is not None:
            self._add(Occasion(scheduled, self._next_place(), schedule, scheduled, str(uuid4())))

    def _add(self, occasion: Occasion) -> None:
        heapq.heappush(self._ahead, occasion)

    def _next_place(self) -> int:
        """What comes first of two that are due together: the one that was planned first."""
        self._count += 1
        return self._count
