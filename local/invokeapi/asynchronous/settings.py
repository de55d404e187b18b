"""What becomes of a function's asynchronous events: SAM's `EventInvokeConfig`, with Lambda's defaults.

Source: "EventInvokeConfiguration" in the SAM specification, and FunctionEventInvokeConfig in the Lambda API reference.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from local.invokeapi.errors import LambdaApiError
from local.invokeapi.names import find_function
from local.template import Function, Template, TemplateError
from local.template.shapes import mapping_of, number_of, refuse_unknown

RETRIES_MAX = 2
AGE_S_MIN, AGE_S_MAX = 60, 21_600
_PROPERTIES = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
_ON_FAILURE, _ON_SUCCESS = "OnFailure", "OnSuccess"
# Queues and topics in order of arrival take no records from Lambda.
_SUPPORTED = re.compile(r"arn:aws[a-z-]*:(?:(?:sqs|sns):[a-z0-9-]+:\d{12}:[\w-]+|lambda:[a-z0-9-]+:\d{12}:function:.+)")


@dataclass(frozen=True, slots=True)
class EventInvokeSettings:
    """`on_failure` and `on_success` are ARNs of a queue, a topic or a function; None: nobody is told."""

    retries_max: int = RETRIES_MAX
    """After an error of the function; being throttled is none."""
    age_s_max: int = AGE_S_MAX
    on_failure: str | None = None
    on_success: str | None = None
    is_stopped: bool = False
    """Reserved concurrency is 0: events are given up without an attempt."""

    def as_told(self, arn: str, modified: datetime) -> dict[str, object]:
        """GetFunctionEventInvokeConfig's answer."""
        ends = {_ON_SUCCESS: self.on_success, _ON_FAILURE: self.on_failure}
        return {
            "FunctionArn": f"{arn}:$LATEST",
            "LastModified": modified.timestamp(),
            "MaximumRetryAttempts": self.retries_max,
            "MaximumEventAgeInSeconds": self.age_s_max,
            "DestinationConfig": {name: {"Destination": end} if end else {} for name, end in ends.items()},
        }


def read_settings(function: Function, written: Mapping[str, object] | None) -> EventInvokeSettings:
    """Read a function's `EventInvokeConfig`, its values resolved; None where it has none. Raises TemplateError."""
    where = f"{function.name}.Properties.EventInvokeConfig"
    given = written or {}
    refuse_unknown(given, _PROPERTIES, where)
    ends = mapping_of(given.get("DestinationConfig"), f"{where}.DestinationConfig")
    refuse_unknown(ends, (_ON_FAILURE, _ON_SUCCESS), f"{where}.DestinationConfig")
    return EventInvokeSettings(
        retries_max=number_of(
            given.get("MaximumRetryAttempts", RETRIES_MAX), f"{where}.MaximumRetryAttempts", least=0, most=RETRIES_MAX
        ),
        age_s_max=number_of(
            given.get("MaximumEventAgeInSeconds", AGE_S_MAX),
            f"{where}.MaximumEventAgeInSeconds",
            least=AGE_S_MIN,
            most=AGE_S_MAX,
        ),
        on_failure=_destination(ends, _ON_FAILURE, where),
        on_success=_destination(ends, _ON_SUCCESS, where),
        is_stopped=function.concurrency_max == 0,
    )


def settings_of(template: Template, written: Mapping[str, Mapping[str, object]]) -> dict[str, EventInvokeSettings]:
    """The settings of every function, by logical id. `written` has the `EventInvokeConfig` of those that have one.

    Raises TemplateError, also where a destination is a function that the template does not have.
    """
    settings = {function.name: read_settings(function, written.get(function.name)) for function in template.functions}
    for name, ends in settings.items():
        for arn in (ends.on_failure, ends.on_success):
            if arn is not None and is_function(arn):
                _check_function(template, arn, f"{name}.Properties.EventInvokeConfig.DestinationConfig")
    return settings


def is_function(arn: str) -> bool:
    """Whether a destination is a function, and not a queue or a topic."""
    return arn.split(":")[2] == "lambda"


def _check_function(template: Template, arn: str, where: str) -> None:
    try:
        find_function(template, arn)
    except LambdaApiError as error:
        raise TemplateError(f"{where}: {arn} is no function of {template.path.name}") from error


def _destination(ends: Mapping[str, object], name: str, where: str) -> str | None:
    place = f"{where}.DestinationConfig.{name}"
    end = mapping_of(ends.get(name), place)
    refuse_unknown(end, ("Destination", "Type"), place)
    if not end:
        return None
    arn = end.get("Destination")
    if arn is None:
        raise TemplateError(f"{place}.Destination: missing; the emulator makes no queue or topic of its own")
    if not isinstance(arn, str) or not _SUPPORTED.fullmatch(arn):
        raise TemplateError(f"{place}.Destination: {arn!r} is no ARN of an SQS queue, an SNS topic or a function")
    return arn
