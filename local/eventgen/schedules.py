"""The event of a schedule of the template."""

from datetime import UTC, datetime
from uuid import uuid4

from local.eventgen.errors import EventError
from local.schedules.event import scheduled_event
from local.template import Schedule, Template


def schedule_event(template: Template, function: str | None, name: str | None, now: datetime) -> object:
    """The event of one schedule's next time after `now`; the template's first one where none is named.

    Raises EventError.
    """
    schedule = _find(template, function, name)
    scheduled = schedule.when.next_after(now)
    return scheduled_event(schedule, scheduled or now.astimezone(UTC), str(uuid4()))


def _find(template: Template, function: str | None, name: str | None) -> Schedule:
    known = {
        f"{one.name} {schedule.name}": schedule
        for one in template.functions
        for schedule in one.schedules
        if function in (None, one.name) and name in (None, schedule.name)
    }
    if not known:
        every = [f"{one.name} {schedule.name}" for one in template.functions for schedule in one.schedules]
        raise EventError(f"no such schedule; there are: {', '.join(every) or 'none'}")
    return next(iter(known.values()))
