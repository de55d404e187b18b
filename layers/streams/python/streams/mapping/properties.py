"""Properties of a mapping that are more than a number or a text: what is written → what the poller works with."""

import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Literal

from streams.errors import StreamsError

StartingPosition = Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]

# Lambda takes standard queues and topics for a stream's failures: a FIFO one would need a group id of each notice.
ARN = re.compile(r"arn:aws[a-z-]*:(?:sqs|sns):[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+")


class PropertyError(StreamsError):
    """A value is not what it must be. `path` leads from the property to the part that is wrong."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(text)
        self.path = path


def starting_position(value: Any) -> StartingPosition:
    """Where a new group begins to read."""
    if value not in ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"):
        raise PropertyError(f"must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not {value!r}")
    position: StartingPosition = value
    return position


def epoch_ms(value: Any) -> int:
    """ISO 8601 text with its zone, or seconds since 1970-01-01 UTC → milliseconds since then."""
    seconds = _iso_s(value) if isinstance(value, str) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not isfinite(seconds) or seconds < 0:
        raise PropertyError(f"must be a time like 2025-01-07T10:30:00Z or seconds since 1970-01-01 UTC, not {value!r}")
    return round(seconds * 1000)


def _iso_s(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Without a zone it would be another moment on every machine.
    return moment.timestamp() if moment.tzinfo else None


def partial_responses(value: Any) -> bool:
    """`FunctionResponseTypes`: whether the handler reports the items that failed."""
    if value not in ([], ["ReportBatchItemFailures"]):
        raise PropertyError(f"must be [] or [ReportBatchItemFailures], not {value!r}")
    return bool(value)


def on_failure_arn(value: Any) -> str:
    """`DestinationConfig` → the ARN under OnFailure.Destination."""
    on_failure = _only(value, "OnFailure", "")
    arn = _only(on_failure, "Destination", ".OnFailure")
    if not isinstance(arn, str) or not ARN.fullmatch(arn):
        raise PropertyError(
            f"must be the ARN of a standard SQS queue or SNS topic, not {arn!r}", ".OnFailure.Destination"
        )
    return arn


def _only(value: Any, name: str, path: str) -> Any:
    if not isinstance(value, Mapping) or set(value) != {name}:
        raise PropertyError(f"must be an object with {name} alone, not {value!r}", path)
    return value[name]


def error_types(value: Any) -> frozenset[str]:
    """Names of the function's errors, as Lambda's `errorType` has them."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise PropertyError(f"must be a list of error types, not {value!r}")
    return frozenset(value)
