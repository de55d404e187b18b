"""Invokes one function at its schedules' times, one invocation at a time."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from local.schedules.event import scheduled_event
from local.schedules.occasions import Occasion, Occasions
from local.template import Schedule
from streams.clock import Clock
from streams.errors import FunctionError, ThrottledError

logger = logging.getLogger(__name__)

# A laptop that slept has another time than its timers: so often the wall clock is asked.
WAIT_S_MAX = 15.0


class ScheduleRunner:
    """The schedules of one function.

    invoke  runs the function with an event. Raises FunctionError, ThrottledError
    wait    returns after so many seconds with False, or at once with True when all is to end
    """

    def __init__(
        self,
        schedules: Sequence[Schedule],
        invoke: Callable[[object], object],
        clock: Clock,
        wait: Callable[[float], bool],
    ) -> None:
        self._invoke = invoke
        self._clock = clock
        self._wait = wait
        self._occasions = Occasions(schedules, self._now())

    @property
    def next_due(self) -> datetime | None:
        """When the function is invoked next; None where no schedule fires any more."""
        return self._occasions.next_due

    def run(self) -> None:
        """Invoke until `wait` says that all is to end."""
        while not self._wait(self._wait_s()):
            occasion = self._occasions.take_due(self._now())
            if occasion is not None:
                self._fire(occasion)
                self._occasions.go_on(occasion, self._now())

    def _fire(self, occasion: Occasion) -> None:
        event = scheduled_event(occasion.schedule, occasion.scheduled, occasion.event_id)
        try:
            self._invoke(event)
        except (FunctionError, ThrottledError) as error:
            again = self._occasions.retry(occasion, self._now())
            level = logging.WARNING if again else logging.ERROR
            message = "a scheduled invocation failed and is tried again" if again else "a scheduled invocation failed"
            logger.log(level, message, extra=_facts(occasion, error))

    def _wait_s(self) -> float:
        due = self._occasions.next_due
        left_s = WAIT_S_MAX if due is None else (due - self._now()).total_seconds()
        return min(max(left_s, 0.0), WAIT_S_MAX)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)


def _facts(occasion: Occasion, error: FunctionError | ThrottledError) -> dict[str, object]:
    facts = {"schedule": occasion.schedule.name, "scheduled": occasion.scheduled.isoformat(), "reason": str(error)}
    return facts | {"attempt": occasion.attempt + 1, "trace": error.trace if isinstance(error, FunctionError) else ""}
