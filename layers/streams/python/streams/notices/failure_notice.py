"""What a destination is told: Lambda's invocation record for a stream, with where our entries are found.

Source: "Retain discarded batch records for a Kinesis Data Streams event source" in the Lambda developer guide.
`StreamBatchInfo` is what `KinesisBatchInfo` is there; `responsePayload` is that of Lambda's asynchronous invocations.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from streams.entry import Entry

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]

ERROR_LENGTH_MAX = 10_000  # characters; a queue takes messages of 256 KiB
_EPOCH_MS_MIN, _EPOCH_MS_MAX = -62_135_596_800_000, 253_402_300_799_999  # what has a date; an event may tell any time


def failure_notice(
    *,
    function: str,
    condition: str,
    attempts: int,
    stream: str,
    group: str,
    entries: Sequence[Entry],
    error: str,
    error_type: str,
    now_ms: int,
) -> dict[str, Any]:
    """Tell of `entries`, at least one and oldest first, that were given up after so many invocations.

    `function` is a name or an ARN, `condition` one of Condition. The entries are not in it: they are read from the
    parked stream. Told twice, the same failure has the same `requestId`.
    """
    info = _batch_info(stream, group, entries)
    request = f"{stream}/{group}/{info['startEntryId']}/{info['endEntryId']}/{condition}/{attempts}"
    notice: dict[str, Any] = {
        "requestContext": {
            "requestId": str(uuid5(NAMESPACE_URL, request)),
            "functionArn" if function.startswith("arn:") else "functionName": function,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "version": "1.0",
        "timestamp": _iso(now_ms),
        "StreamBatchInfo": info,
    }
    return notice if attempts == 0 else notice | _response(error, error_type)


def _response(error: str, error_type: str) -> dict[str, Any]:
    return {
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": error_type, "errorMessage": error[:ERROR_LENGTH_MAX]},
    }


def _batch_info(stream: str, group: str, entries: Sequence[Entry]) -> dict[str, Any]:
    first, last = entries[0], entries[-1]
    return {
        "streamName": stream,
        "group": group,
        "startEntryId": first.entry_id,
        "endEntryId": last.entry_id,
        "approximateArrivalOfFirstRecord": _arrival(first),
        "approximateArrivalOfLastRecord": _arrival(last),
        "batchSize": len(entries),
    }


def _arrival(entry: Entry) -> str | None:
    arrived_ms = entry.timestamp_ms
    has_date = arrived_ms is not None and _EPOCH_MS_MIN <= arrived_ms <= _EPOCH_MS_MAX
    return _iso(arrived_ms) if arrived_ms is not None and has_date else None


def _iso(epoch_ms: int) -> str:
    moment = datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
