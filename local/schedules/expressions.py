"""Schedule expressions as AWS writes them: `rate(5 minutes)` and `cron(0 12 ? * MON-FRI *)`. Pure.

Source: "Schedule types in EventBridge Scheduler", which also says what daylight saving time does to them: a time that
is left out in spring is skipped, and one that comes twice in autumn counts once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from local.schedules.cron_fields import HOURS, MINUTES, MONTH, YEAR, IsDay, days_of_month, days_of_week
from local.schedules.errors import ExpressionError

FORMS = "rate(N minute|minutes|hour|hours|day|days) or cron(minutes hours day-of-month month day-of-week year)"
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
RATE_MAX = timedelta(days=36_500)
_RATE = re.compile(r"rate\(\s*(\d{1,9})\s+(minute|hour|day)(s?)\s*\)", re.ASCII)
_CRON = re.compile(r"cron\((.*)\)")
_ONE_DAY = timedelta(days=1)


class Expression(Protocol):
    """When a schedule fires."""

    def next_after(self, after: datetime) -> datetime | None:
        """The first time later than `after` (both aware; the result is in UTC); None where there is none any more."""

    def next_of(self, last: datetime, now: datetime) -> datetime | None:
        """The first time later than `now` of those that follow `last`: what lies between is not made up for."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from `after`: the first time a period after the schedule was made."""

    period: timedelta

    def next_after(self, after: datetime) -> datetime:
        """See Expression."""
        return after.astimezone(UTC) + self.period

    def next_of(self, last: datetime, now: datetime) -> datetime:
        """See Expression."""
        periods = max((now - last) // self.period + 1, 1)
        return last.astimezone(UTC) + periods * self.period


@dataclass(frozen=True)
class Cron:
    """At the times of a calendar, on the clocks of `zone`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    is_day: IsDay
    zone: tzinfo

    def next_after(self, after: datetime) -> datetime | None:
        """See Expression."""
        local = after.astimezone(self.zone)
        for day in self._days(local.date()):
            for moment in self._times(day, first_hour=local.hour if day == local.date() else 0):
                if moment > after:
                    return moment
        return None

    def next_of(self, last: datetime, now: datetime) -> datetime | None:
        """See Expression."""
        return self.next_after(max(last, now))

    def _days(self, first: date) -> Iterator[date]:
        """The days that match, from `first` on, whole years and months that do not match left out."""
        day = first
        while day.year <= max(self.years):
            if day.year not in self.years:
                day = date(day.year + 1, 1, 1)
            elif day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            else:
                if self.is_day(day):
                    yield day
                day += _ONE_DAY

    def _times(self, day: date, first_hour: int) -> Iterator[datetime]:
        """The times of a day from an hour on, in order, without those that the clocks skip."""
        for hour in self.hours:
            for minute in self.minutes if hour >= first_hour else ():
                local = datetime.combine(day, time(hour, minute), self.zone)
                moment = local.astimezone(UTC)
                if moment.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield moment


def parse(expression: str, zone: tzinfo = UTC) -> Expression:
    """Read an expression; a cron's times are those of `zone`. Raises ExpressionError that says what is allowed."""
    text = expression.strip()
    if rate := _RATE.fullmatch(text):
        return _rate(int(rate[1]), rate[2], rate[3])
    if cron := _CRON.fullmatch(text):
        return _cron(cron[1].split(), zone)
    raise ExpressionError(f"{expression!r} is not {FORMS}")


def _rate(count: int, unit: str, plural: str) -> Rate:
    if count < 1 or (count == 1) == bool(plural):
        raise ExpressionError(f"rate({count} {unit}{plural}) must be 1 {unit}, or more than 1 {unit}s")
    if count > RATE_MAX // _UNITS[unit]:
        raise ExpressionError(f"rate({count} {unit}{plural}) is more than {RATE_MAX.days} days")
    return Rate(count * _UNITS[unit])


def _cron(fields: list[str], zone: tzinfo) -> Cron:
    if len(fields) != 6:
        raise ExpressionError(f"cron({' '.join(fields)}) has {len(fields)} fields; it must have 6: {FORMS}")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    return Cron(
        minutes=tuple(sorted(MINUTES.values(minutes))),
        hours=tuple(sorted(HOURS.values(hours))),
        months=MONTH.values(month),
        years=YEAR.values(year),
        is_day=_days(day_of_month, day_of_week),
        zone=zone,
    )


def _days(day_of_month: str, day_of_week: str) -> IsDay:
    if (day_of_month == "?") == (day_of_week == "?"):
        raise ExpressionError(
            f"day-of-month is {day_of_month!r} and day-of-week is {day_of_week!r}; exactly one of them must be '?'"
        )
    if day_of_week == "?":
        return days_of_month(day_of_month)
    return days_of_week(day_of_week)
