"""The invocation record: what a destination is told of an event that is settled.

Source: "Capturing records of Lambda asynchronous invocations" in the developer guide.
"""

from datetime import UTC, datetime
from enum import Enum

import orjson

from local.invokeapi.asynchronous.store import WaitingEvent
from local.runtime.contract import Outcome


class Condition(Enum):
    """Why an event is settled."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"


def invocation_record(
    event: WaitingEvent, arn: str, condition: Condition, outcome: Outcome | None, now_s: float
) -> bytes:
    """The record as JSON. `outcome` is that of the last attempt; None where this one invoked nothing.

    What is JSON already is put in as it is: it may be nested deeper than a parser goes.
    """
    moment = datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    context = {
        "requestId": event.request_id,
        "functionArn": f"{arn}:$LATEST",
        "condition": condition.value,
        "approximateInvokeCount": event.attempts,
    }
    parts = {
        "version": b'"1.0"',
        "timestamp": orjson.dumps(moment),
        "requestContext": orjson.dumps(context),
        "requestPayload": event.payload,
    }
    if outcome is not None:
        error = {"functionError": "Unhandled"} if outcome.is_error else {}
        parts["responseContext"] = orjson.dumps({"statusCode": 200, "executedVersion": "$LATEST", **error})
        parts["responsePayload"] = outcome.payload
    return b"{" + b",".join(orjson.dumps(name) + b":" + value for name, value in parts.items()) + b"}"
