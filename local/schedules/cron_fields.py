"""The fields of AWS's cron expressions, each as the values that it allows.

Source: "Setting a schedule pattern for scheduled rules" in the EventBridge user guide, for ranges and wildcards.
"""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

from local.schedules.errors import ExpressionError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

IsDay = Callable[[date], bool]


@dataclass(frozen=True)
class Field:
    """One field: its bounds, the wildcards that AWS documents for it, and names for the values from `least` on."""

    name: str
    least: int
    most: int
    wildcards: str
    names: Sequence[str] = ()

    def values(self, text: str) -> frozenset[int]:
        """The values of a list of numbers, names, ranges and steps: `1,5-8,0/15,*`. Raises ExpressionError."""
        found: set[int] = set()
        for part in text.split(","):
            found.update(self._part(part))
        return frozenset(found)

    def number(self, text: str) -> int:
        """One value, by number or by name. Raises ExpressionError."""
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.least
        if not (text.isascii() and text.isdigit()) or not self.least <= int(text) <= self.most:
            self.refuse(text)
        return int(text)

    def refuse(self, text: str) -> NoReturn:
        """Raise ExpressionError that tells what the field may hold."""
        names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        raise ExpressionError(
            f"{self.name} is {text!r}; it must be made of {self.least}-{self.most}{names} and {self.wildcards}"
        )

    def _part(self, part: str) -> range:
        span, slash, step = part.partition("/")
        if slash and (
            "/" not in self.wildcards or not (step.isascii() and step.isdigit()) or not 0 < int(step) <= self.most
        ):
            self.refuse(part)
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.least, self.most
        elif dash:
            low, high = self.number(first), self.number(last)
        else:
            low = self.number(first)
            high = self.most if slash else low  # `10/5` is from 10 to the end
        if low > high:
            self.refuse(part)
        return range(low, high + 1, int(step) if slash else 1)


MINUTES = Field("minutes", 0, 59, ", - * /")
HOURS = Field("hours", 0, 23, ", - * /")
DAY_OF_MONTH = Field("day-of-month", 1, 31, ", - * ? / L W")
MONTH = Field("month", 1, 12, ", - * /", MONTHS)
DAY_OF_WEEK = Field("day-of-week", 1, 7, ", - * ? L #", DAYS)
YEAR = Field("year", 1970, 2199, ", - * /")


def days_of_month(text: str) -> IsDay:
    """Which days a day-of-month field means: also `L` the last one, `15W` the working day nearest to the 15th."""
    tests = [_day_of_month(part) for part in text.upper().split(",")]
    return lambda day: any(test(day) for test in tests)


def days_of_week(text: str) -> IsDay:
    """Which days a day-of-week field means (1 is Sunday): also `L` Saturday, `6L` the last Friday of the month, `2#1`
    its first Monday."""
    tests = [_day_of_week(part) for part in text.upper().split(",")]
    return lambda day: any(test(day) for test in tests)


def _day_of_month(part: str) -> IsDay:
    if part == "L":
        return lambda day: day.day == _days_in(day)
    if part.endswith("W"):
        wanted = DAY_OF_MONTH.number(part[:-1])
        return lambda day: day == _nearest_working_day(day, wanted)
    values = DAY_OF_MONTH.values(part)
    return lambda day: day.day in values


def _day_of_week(part: str) -> IsDay:
    if part == "L":
        return lambda day: _weekday(day) == DAY_OF_WEEK.most
    if part.endswith("L") and part != "L":
        last = DAY_OF_WEEK.number(part[:-1])
        return lambda day: _weekday(day) == last and day.day + 7 > _days_in(day)
    if "#" in part:
        name, _, place = part.partition("#")
        wanted, nth = DAY_OF_WEEK.number(name), "12345".find(place) + 1 if len(place) == 1 else 0
        if not nth:
            DAY_OF_WEEK.refuse(part)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    values = DAY_OF_WEEK.values(part)
    return lambda day: _weekday(day) in values


def _weekday(day: date) -> int:
    """AWS's numbers: 1 is Sunday."""
    return day.isoweekday() % 7 + 1


def _days_in(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_working_day(day: date, wanted: int) -> date | None:
    """Of the month of `day`, never outside it; None where the month has no such day."""
    if wanted > _days_in(day):
        return None
    target = day.replace(day=wanted)
    if target.isoweekday() == 6:
        return target - timedelta(1) if wanted > 1 else target + timedelta(2)
    if target.isoweekday() == 7:
        return target + timedelta(1) if wanted < _days_in(day) else target - timedelta(2)
    return target
