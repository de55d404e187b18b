"""A function's `Schedule` and `ScheduleV2` events, which the emulator runs as EventBridge does."""

import json
from collections.abc import Mapping
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from local.schedules.errors import ExpressionError
from local.schedules.expressions import FORMS, Expression, parse
from local.template.intrinsics import ACCOUNT_ID, REGION
from local.template.model import Schedule, TemplateError
from local.template.properties import Properties
from local.template.shapes import refuse_unknown, text_of

RULE, SCHEDULER = "Schedule", "ScheduleV2"
# What only the cloud has is known and left to it: permissions, keys, and delivery to a function that does not answer.
PROPERTIES = {
    RULE: frozenset(
        ["DeadLetterConfig", "Description", "Enabled", "Input", "Name", "RetryPolicy", "Schedule", "State"]
    ),
    SCHEDULER: frozenset(
        [
            "DeadLetterConfig",
            "Description",
            "FlexibleTimeWindow",
            "GroupName",
            "Input",
            "KmsKeyArn",
            "Name",
            "OmitName",
            "PermissionsBoundary",
            "RetryPolicy",
            "RoleArn",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "State",
        ]
    ),
}
EMULATED = frozenset(
    ["Enabled", "GroupName", "Input", "Name", "Schedule", "ScheduleExpression", "ScheduleExpressionTimezone", "State"]
)
EXPRESSION = {RULE: "Schedule", SCHEDULER: "ScheduleExpression"}
TIMEZONE = "ScheduleExpressionTimezone"


def read_schedule(kind: str, given: Properties, function: str, name: str) -> Schedule | None:
    """The schedule of one event, or None where it is disabled. Raises TemplateError."""
    where = given.where
    refuse_unknown(given, PROPERTIES[kind], where)
    properties = {one: given.get(one) for one in given if one in EMULATED}
    schedule = Schedule(
        name=name,
        expression=_text(properties, EXPRESSION[kind], where) or "",
        when=_when(properties, kind, where),
        source="aws.events" if kind == RULE else "aws.scheduler",
        arn=_arn(properties, kind, f"{function}{name}", where),
        input_json=_input(properties, where),
    )
    return schedule if _is_enabled(properties, where) else None


def _when(properties: Mapping[str, object], kind: str, where: str) -> Expression:
    place = f"{where}.{EXPRESSION[kind]}"
    expression = _text(properties, EXPRESSION[kind], where)
    if expression is None:
        raise TemplateError(f"{place}: missing; {FORMS} is needed")
    try:
        return parse(expression, _zone(properties, where))
    except ExpressionError as error:
        raise TemplateError(f"{place}: {error}") from error


def _zone(properties: Mapping[str, object], where: str) -> tzinfo:
    name = _text(properties, TIMEZONE, where)
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise TemplateError(f"{where}.{TIMEZONE}: {name!r} is no time zone, unlike Europe/Paris") from error


def _arn(properties: Mapping[str, object], kind: str, default: str, where: str) -> str:
    name = _text(properties, "Name", where) or default
    if kind == RULE:
        return f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{name}"
    group = _text(properties, "GroupName", where) or "default"
    return f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/{group}/{name}"


def _input(properties: Mapping[str, object], where: str) -> str | None:
    text = _text(properties, "Input", where)
    try:
        return text if text is None else json.dumps(json.loads(text))
    except ValueError as error:
        raise TemplateError(f"{where}.Input: not JSON: {error}") from error


def _is_enabled(properties: Mapping[str, object], where: str) -> bool:
    state = _text(properties, "State", where) or "ENABLED"
    if state not in ("ENABLED", "DISABLED"):
        raise TemplateError(f"{where}.State: {state} is neither ENABLED nor DISABLED")
    enabled = _text(properties, "Enabled", where) or "true"
    if enabled.lower() not in ("true", "false"):
        raise TemplateError(f"{where}.Enabled: {enabled} is neither true nor false")
    return state == "ENABLED" and enabled.lower() == "true"


def _text(properties: Mapping[str, object], name: str, where: str) -> str | None:
    value = properties.get(name)
    return None if value is None else text_of(value, f"{where}.{name}")
