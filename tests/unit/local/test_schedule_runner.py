"""A schedule's invocations, in the time of a clock that moves only when somebody waits."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local.schedules.expressions import parse
from local.schedules.runner import ScheduleRunner
from local.template import Schedule
from streams.clock import ManualClock
from streams.errors import FunctionError, ThrottledError

BEGIN = datetime(2025, 7, 9, 14, 30, 20, tzinfo=UTC)


def schedule(expression: str, name: str = "Sweep", input_json: str | None = None) -> Schedule:
    arn = f"arn:aws:events:us-east-1:000000000000:rule/{name}"
    return Schedule(name, expression, parse(expression), "aws.events", arn, input_json)


class Time:
    """A clock, and the wait that moves it until `end`."""

    def __init__(self, lasts: timedelta) -> None:
        self.clock = ManualClock(int(BEGIN.timestamp() * 1000))
        self._end_ms = self.clock.now_ms() + lasts.total_seconds() * 1000

    @property
    def passed(self) -> timedelta:
        return timedelta(milliseconds=self.clock.now_ms()) - timedelta(seconds=BEGIN.timestamp())

    def wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        return self.clock.now_ms() > self._end_ms


class Function:
    """Keeps its events, each with the time that had passed; does what it is told at its nth invocation (1 is first)."""

    def __init__(self, time: Time, act: Callable[[int], None] = lambda count: None) -> None:
        self._time = time
        self._act = act
        self.events: list[Any] = []
        self.at: list[timedelta] = []

    def __call__(self, event: object) -> object:
        self.events.append(event)
        self.at.append(self._time.passed)
        self._act(len(self.events))
        return None


def fails_first(count: int, error: Exception) -> Callable[[int], None]:
    def act(nth: int) -> None:
        if nth <= count:
            raise error

    return act


def run(function: Function, time: Time, schedules: Sequence[Schedule]) -> None:
    ScheduleRunner(schedules, function, time.clock, time.wait).run()


def minutes(*values: float) -> list[timedelta]:
    return [timedelta(minutes=value) for value in values]


def test_every_minute_of_a_day_is_an_invocation_and_the_first_comes_after_a_minute() -> None:
    time = Time(timedelta(hours=24))
    function = Function(time)
    run(function, time, [schedule("rate(1 minute)")])
    assert function.at == minutes(*range(1, 24 * 60 + 1))


def test_a_cron_fires_once_a_day_for_a_month() -> None:
    time = Time(timedelta(days=30))
    function = Function(time)
    run(function, time, [schedule("cron(0 3 * * ? *)")])
    assert len(function.events) == 30
    assert {event["time"][10:] for event in function.events} == {"T03:00:00Z"}


def test_the_event_is_that_of_eventbridge_with_the_scheduled_time() -> None:
    time = Time(timedelta(minutes=1))
    function = Function(time)
    run(function, time, [schedule("rate(1 minute)")])
    (event,) = function.events
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2025-07-09T14:31:20Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/Sweep"],
        "detail": {},
    }


def test_an_input_takes_the_events_place() -> None:
    time = Time(timedelta(minutes=1))
    function = Function(time)
    run(function, time, [schedule("rate(1 minute)", input_json='{"days": 7}')])
    assert function.events == [{"days": 7}]


def test_what_fails_is_tried_again_after_one_minute_and_after_two_more_with_the_same_event() -> None:
    time = Time(timedelta(minutes=30))
    function = Function(time, fails_first(2, FunctionError("ValueError", "no")))
    run(function, time, [schedule("rate(20 minutes)")])
    assert function.at == minutes(20, 21, 23)
    assert function.events[0] == function.events[1] == function.events[2]


def test_what_fails_three_times_is_given_up_and_the_next_time_comes_all_the_same() -> None:
    time = Time(timedelta(minutes=45))
    function = Function(time, fails_first(3, ThrottledError("no process")))
    run(function, time, [schedule("rate(20 minutes)")])
    assert function.at == minutes(20, 21, 23, 40)
    assert function.events[3]["id"] != function.events[0]["id"]


def test_times_that_pass_during_an_invocation_are_not_made_up_for() -> None:
    time = Time(timedelta(minutes=6))
    function = Function(time, lambda count: time.clock.advance(200) if count == 1 else None)
    run(function, time, [schedule("rate(1 minute)")])
    assert function.at == minutes(1, 5, 6)


def test_several_schedules_of_a_function_share_its_one_environment_in_turn() -> None:
    time = Time(timedelta(minutes=6))
    function = Function(time)
    run(function, time, [schedule("rate(2 minutes)", "Two"), schedule("rate(3 minutes)", "Three")])
    names = [event["resources"][0].rpartition("/")[2] for event in function.events]
    assert function.at == minutes(2, 3, 4, 6, 6)
    assert names == ["Two", "Three", "Two", "Three", "Two"]


def test_a_schedule_that_never_fires_any_more_waits_for_the_end() -> None:
    time = Time(timedelta(hours=1))
    function = Function(time)
    runner = ScheduleRunner([schedule("cron(0 0 1 1 ? 2020)")], function, time.clock, time.wait)
    runner.run()
    assert runner.next_due is None
    assert function.events == []
