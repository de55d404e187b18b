"""The schedules of a template."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.template import Function, Schedule, TemplateError, load_template

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Sweeper:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: .
      Handler: sweeper.handler
      Events:
        Health: { Type: Api, Properties: { Method: GET, Path: /health } }
        Sweep: %s
"""
NOON = datetime(2025, 7, 9, 12, tzinfo=UTC)


def read(folder: Path, event: str) -> Function:
    file = folder / "template.yaml"
    file.write_text(TEMPLATE % event)
    return load_template(file, {}).function("Sweeper")


def schedule(folder: Path, event: str) -> Schedule:
    (found,) = read(folder, event).schedules
    return found


def test_a_schedule_is_a_rule_of_eventbridge_and_no_route(tmp_path: Path) -> None:
    function = read(tmp_path, "{ Type: Schedule, Properties: { Schedule: rate(1 minute), Description: sweeps } }")
    (found,) = function.schedules
    assert len(function.routes) == 1
    assert (found.name, found.expression, found.source) == ("Sweep", "rate(1 minute)", "aws.events")
    assert found.arn == "arn:aws:events:us-east-1:000000000000:rule/SweeperSweep"
    assert found.input_json is None
    assert found.when.next_after(NOON) == datetime(2025, 7, 9, 12, 1, tzinfo=UTC)


def test_a_schedule_of_the_scheduler_has_a_time_zone_and_a_group(tmp_path: Path) -> None:
    found = schedule(
        tmp_path,
        "{ Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 9 * * ? *), ScheduleExpressionTimezone: "
        "Europe/Paris, Name: nightly, GroupName: night, FlexibleTimeWindow: { Mode: 'OFF' } } }",
    )
    assert found.source == "aws.scheduler"
    assert found.arn == "arn:aws:scheduler:us-east-1:000000000000:schedule/night/nightly"
    assert found.when.next_after(NOON) == datetime(2025, 7, 10, 7, tzinfo=UTC)


def test_the_input_is_json_and_takes_the_events_place(tmp_path: Path) -> None:
    found = schedule(tmp_path, """{ Type: Schedule, Properties: { Schedule: rate(1 day), Input: '{"days": 7}' } }""")
    assert found.input_json == '{"days": 7}'


@pytest.mark.parametrize("state", ["Enabled: false", "State: DISABLED"])
def test_a_schedule_that_is_disabled_is_none(tmp_path: Path, state: str) -> None:
    event = "{ Type: Schedule, Properties: { Schedule: rate(1 day), %s } }"
    assert read(tmp_path, event % state).schedules == ()
    assert len(read(tmp_path, event % "Enabled: true, State: ENABLED").schedules) == 1


@pytest.mark.parametrize(
    ("kind", "properties", "told"),
    [
        ("Schedule", "Schedule: rate(1 minutes)", "Properties.Schedule: rate(1 minutes) must be 1 minute"),
        ("Schedule", "Schedule: hourly", "is not rate(N minute|minutes|hour|hours|day|days) or cron("),
        ("Schedule", "Description: x", "Properties.Schedule: missing; rate(N"),
        ("Schedule", "Schedule: rate(1 day), Input: '{'", "Properties.Input: not JSON"),
        ("Schedule", "Schedule: rate(1 day), State: OFFLINE", "Properties.State: OFFLINE"),
        ("Schedule", "Schedule: rate(1 day), Enabled: perhaps", "Properties.Enabled: perhaps"),
        ("Schedule", "Schedule: rate(1 day), Target: x", "Properties.Target: not supported"),
        ("ScheduleV2", "Schedule: rate(1 day)", "Properties.Schedule: not supported"),
        ("ScheduleV2", "ScheduleExpression: rate(1 day), StartDate: x", "Properties.StartDate: not supported"),
        (
            "ScheduleV2",
            "ScheduleExpression: cron(0 9 * * ? *), ScheduleExpressionTimezone: Mars/Base",
            "Properties.ScheduleExpressionTimezone: 'Mars/Base' is no time zone",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_by_function_and_event(
    tmp_path: Path, kind: str, properties: str, told: str
) -> None:
    with pytest.raises(TemplateError) as refusal:
        read(tmp_path, f"{{ Type: {kind}, Properties: {{ {properties} }} }}")
    assert "Sweeper.Properties.Events.Sweep" in str(refusal.value)
    assert told in str(refusal.value)
