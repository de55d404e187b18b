"""When a schedule fires.

Sources: "Setting a schedule pattern for scheduled rules" (EventBridge) and "Schedule types in EventBridge Scheduler",
for the fields, the wildcards, and what daylight saving time does.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from local.schedules.errors import ExpressionError
from local.schedules.expressions import parse

WEDNESDAY = datetime(2025, 7, 9, 14, 30, 20, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def times(expression: str, after: datetime = WEDNESDAY, count: int = 2, zone: ZoneInfo | None = None) -> list[str]:
    """The next times, to the minute."""
    parsed = parse(expression, zone or UTC)
    found: list[str] = []
    moment: datetime | None = after
    while len(found) < count and (moment := parsed.next_after(moment or after)):
        found.append(moment.strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(12 hours)", timedelta(hours=12)),
        ("rate(1 day)", timedelta(days=1)),
        (" rate( 2  days ) ", timedelta(days=2)),
    ],
)
def test_a_rate_fires_a_period_later_to_the_moment(expression: str, period: timedelta) -> None:
    assert parse(expression).next_after(WEDNESDAY) == WEDNESDAY + period


def test_a_rate_keeps_its_pace_and_does_not_make_up_for_what_was_missed() -> None:
    late = WEDNESDAY + timedelta(minutes=17)
    assert parse("rate(5 minutes)").next_of(WEDNESDAY, late) == WEDNESDAY + timedelta(minutes=20)
    assert parse("rate(5 minutes)").next_of(WEDNESDAY, WEDNESDAY) == WEDNESDAY + timedelta(minutes=5)
    assert parse("cron(0 * * * ? *)").next_of(WEDNESDAY, WEDNESDAY + timedelta(days=3)) == datetime(
        2025, 7, 12, 15, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(15 10 * * ? *)", ["2025-07-10 10:15", "2025-07-11 10:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2025-07-09 18:00", "2025-07-10 18:00"]),
        ("cron(0 18 ? * fri *)", ["2025-07-11 18:00", "2025-07-18 18:00"]),
        ("cron(0 8 1 * ? *)", ["2025-08-01 08:00", "2025-09-01 08:00"]),
        ("cron(0/10 * ? * MON-FRI *)", ["2025-07-09 14:40", "2025-07-09 14:50"]),
        ("cron(0/25 14 * * ? *)", ["2025-07-09 14:50", "2025-07-10 14:00"]),
        ("cron(*/30 * * * ? *)", ["2025-07-09 15:00", "2025-07-09 15:30"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2025-07-09 14:35", "2025-07-09 14:40"]),
        ("cron(0 9 ? * 2#1 *)", ["2025-08-04 09:00", "2025-09-01 09:00"]),
        ("cron(0 9 ? * TUE#5 *)", ["2025-07-29 09:00", "2025-09-30 09:00"]),
        ("cron(15 10 ? * 6L 2025-2026)", ["2025-07-25 10:15", "2025-08-29 10:15"]),
        ("cron(0 0 ? * L *)", ["2025-07-12 00:00", "2025-07-19 00:00"]),
        ("cron(30 23 L * ? *)", ["2025-07-31 23:30", "2025-08-31 23:30"]),
        ("cron(0 0 L 2 ? *)", ["2026-02-28 00:00", "2027-02-28 00:00"]),
        ("cron(0 0 L 2 ? 2028)", ["2028-02-29 00:00"]),
        ("cron(0 6 3W * ? *)", ["2025-08-04 06:00", "2025-09-03 06:00"]),  # 3 August 2025 is a Sunday
        ("cron(0 6 1W 11 ? *)", ["2025-11-03 06:00", "2026-11-02 06:00"]),  # Saturday, Sunday: not the month before
        ("cron(0 6 31W 8 ? *)", ["2025-08-29 06:00", "2026-08-31 06:00"]),  # Sunday: not the month after
        ("cron(0 6 31W 9,10 ? *)", ["2025-10-31 06:00", "2026-10-30 06:00"]),  # September has no 31st
        ("cron(0 0 1,15 JAN,JUL ? *)", ["2025-07-15 00:00", "2026-01-01 00:00"]),
        ("cron(0 0 1 1 ? 2026/2)", ["2026-01-01 00:00", "2028-01-01 00:00"]),
        ("cron(0 0 10/15 * ? *)", ["2025-07-10 00:00", "2025-07-25 00:00"]),
    ],
)
def test_a_cron_fires_when_the_guide_says(expression: str, expected: list[str]) -> None:
    assert times(expression, count=len(expected)) == expected


def test_the_time_that_is_now_is_not_the_next_one() -> None:
    noon = datetime(2025, 7, 9, 12, 0, tzinfo=UTC)
    assert parse("cron(0 12 * * ? *)").next_after(noon) == noon + timedelta(days=1)
    assert parse("cron(0 12 * * ? *)").next_after(noon - timedelta(seconds=1)) == noon


@pytest.mark.parametrize("expression", ["cron(0 0 1 1 ? 2020)", "cron(0 0 30 2 ? *)"])
def test_a_cron_without_any_time_left_says_so(expression: str) -> None:
    assert parse(expression).next_after(WEDNESDAY) is None


def test_a_cron_runs_by_the_clocks_of_its_time_zone() -> None:
    assert times("cron(0 9 * * ? *)", zone=PARIS) == ["2025-07-10 07:00", "2025-07-11 07:00"]
    winter = datetime(2025, 12, 1, tzinfo=UTC)
    assert times("cron(0 9 * * ? *)", winter, 1, PARIS) == ["2025-12-01 08:00"]


def test_a_time_that_the_clocks_leave_out_in_spring_is_skipped() -> None:
    before = datetime(2025, 3, 29, 12, tzinfo=UTC)  # in Paris, 30 March has no 02:30
    assert times("cron(30 2 * * ? *)", before, 2, PARIS) == ["2025-03-31 00:30", "2025-04-01 00:30"]


def test_a_time_that_comes_twice_in_autumn_counts_once() -> None:
    before = datetime(2025, 10, 25, 12, tzinfo=UTC)  # in Paris, 26 October has two 02:30
    assert times("cron(30 2 * * ? *)", before, 2, PARIS) == ["2025-10-26 00:30", "2025-10-27 01:30"]
    assert times("cron(0/30 2-3 * * ? *)", before, 5, PARIS)[2:4] == ["2025-10-26 02:00", "2025-10-26 02:30"]


def test_every_minute_of_a_leap_year_comes_once_and_in_order() -> None:
    parsed = parse("cron(* * * * ? *)")
    moment = datetime(2024, 2, 28, 23, 0, tzinfo=UTC)
    for _ in range(2 * 24 * 60):
        following = parsed.next_after(moment)
        assert following == moment + timedelta(minutes=1)
        moment = following


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("every minute", "rate(N minute|minutes|hour|hours|day|days) or cron("),
        ("rate(0 minutes)", "more than 1 minutes"),
        ("rate(1 minutes)", "must be 1 minute"),
        ("rate(5 hour)", "more than 1 hours"),
        ("rate(-1 minutes)", "rate(N"),
        ("rate(1.5 hours)", "rate(N"),
        ("rate(5 seconds)", "rate(N"),
        ("rate(99999999 days)", "more than 36500 days"),
        ("cron(0 12 * * *)", "has 5 fields"),
        ("cron(0 12 * * * *)", "exactly one of them must be '?'"),
        ("cron(0 12 ? * ? *)", "exactly one of them must be '?'"),
        ("cron(60 12 * * ? *)", "minutes is '60'; it must be made of 0-59"),
        ("cron(0 24 * * ? *)", "hours is '24'"),
        ("cron(0 0 0 * ? *)", "day-of-month is '0'"),
        ("cron(0 0 1 13 ? *)", "month is '13'; it must be made of 1-12 or JAN-DEC"),
        ("cron(0 0 ? * 8 *)", "day-of-week is '8'"),
        ("cron(0 0 ? * 2/2 *)", "day-of-week is '2/2'"),
        ("cron(0 0 ? * 2#6 *)", "day-of-week is '2#6'"),
        ("cron(0 0 ? * FRI-MON *)", "day-of-week is 'FRI-MON'"),
        ("cron(0 0 1 * ? 1969)", "year is '1969'"),
        ("cron(0/0 0 1 * ? *)", "minutes is '0/0'"),
        ("cron(1, 0 1 * ? *)", "minutes is ''"),
        ("cron(L 0 1 * ? *)", "minutes is 'L'"),
        ("cron(0 0 W * ? *)", "day-of-month is ''"),
        ("cron(٣ 0 1 * ? *)", "minutes is"),
    ],
)
def test_an_expression_that_aws_refuses_is_refused_with_what_is_allowed(expression: str, told: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse(expression)
    assert told in str(refusal.value)
