"""Batches of stream records: which are done, which must come again.

The event: `{"Records": [{"eventSource": "redis:streams", "eventID": "17-0", "stream": …, "group": …,
"deliveryCount": 1, "event": {envelope}}]}`. The answer: `{"batchItemFailures": [{"itemIdentifier": "17-0"}]}`, as for
Lambda's own stream mappings with ReportBatchItemFailures. The first item has the reason too, which the poller keeps
with an event that it parks: `"error": {"errorType": …, "errorMessage": …, "stackTrace": […]}`.
"""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from pydantic import ValidationError

from envelope import Envelope, claim_id_of
from envelope.errors import RetryableError, UnreadableError
from envelope.reasons import reasons
from metrics import tracing
from metrics.catalog import EVENT_DELIVERY_DURATION, EVENT_PROCESSING_DURATION, EVENTS_PROCESSED
from metrics.instruments import exemplar_of, flush_metrics
from metrics.logs import logger


class StreamRecord(TypedDict):
    """One entry of a stream as the poller hands it over."""

    eventSource: str
    eventID: str
    stream: str
    group: str
    deliveryCount: int
    event: dict[str, Any]


class StreamBatch(TypedDict):
    """What a batch handler is invoked with."""

    Records: list[StreamRecord]


class ErrorObject(TypedDict):
    """A function's error in Lambda's form."""

    errorType: str
    errorMessage: str
    stackTrace: list[str]


class BatchItemFailure(TypedDict):
    """The `eventID` of a record that must be delivered again; why, of the first one."""

    itemIdentifier: str
    error: NotRequired[ErrorObject]


class BatchResponse(TypedDict):
    """What a batch handler answers. An empty list: everything is done."""

    batchItemFailures: list[BatchItemFailure]


@dataclass(frozen=True, slots=True)
class Record:
    """One readable entry. `delivery_count` is 1 at the first delivery."""

    entry_id: str
    envelope: Envelope
    delivery_count: int


class HeldBackError(RetryableError):
    """An earlier record of the same claim failed in this batch; this one must wait for it."""


def handle_each(batch: StreamBatch, apply: Callable[[Record], None]) -> BatchResponse:
    """Apply records one by one, in order; a failure holds back the rest of that claim's records."""
    records, failures = _read(batch)
    held = _claims_of(failures, batch)
    for record in records:
        claim_id = record.envelope.aggregate_id
        if claim_id in held:
            failures[record.entry_id] = HeldBackError(f"an earlier event of {claim_id} failed")
            continue
        started = time.perf_counter()
        ids = {"correlation_id": record.envelope.correlation_id, "claim_id": claim_id_of(claim_id)}
        with logger.append_context_keys(**ids), tracing.batch([record], _group_of(batch)) as spans:
            try:
                apply(record)
            except Exception as error:  # noqa: BLE001 (whatever failed, the record must be delivered again)
                held.add(claim_id)
                failures[record.entry_id] = error
            else:
                _done(record, time.perf_counter() - started)
            spans.ended(failures)
    return _response(batch, failures)


def handle_together(
    batch: StreamBatch, apply_all: Callable[[Sequence[Record]], Mapping[str, Exception]]
) -> BatchResponse:
    """Apply all records at once; `apply_all` returns the entry ids that failed, each with its error.

    When it raises, all have failed. Records of a claim whose event could not be read are not given to it.
    """
    records, failures = _read(batch)
    held = _claims_of(failures, batch)
    ready = [record for record in records if record.envelope.aggregate_id not in held]
    for record in records:
        if record.envelope.aggregate_id in held:
            failures[record.entry_id] = HeldBackError(f"an event of {record.envelope.aggregate_id} is unreadable")
    started = time.perf_counter()
    with tracing.batch(ready, _group_of(batch)) as spans:
        failed = _apply_all(ready, apply_all)
        spans.ended(failed)
    seconds_each = (time.perf_counter() - started) / max(len(ready), 1)
    for record in ready:
        if record.entry_id not in failed:
            _done(record, seconds_each)
    return _response(batch, {**failures, **failed})


def _apply_all(
    records: Sequence[Record], apply_all: Callable[[Sequence[Record]], Mapping[str, Exception]]
) -> Mapping[str, Exception]:
    if not records:
        return {}
    try:
        return apply_all(records)
    except Exception as error:  # noqa: BLE001 (whatever failed, every record must be delivered again)
        return {record.entry_id: error for record in records}


def _read(batch: StreamBatch) -> tuple[list[Record], dict[str, Exception]]:
    records: list[Record] = []
    failures: dict[str, Exception] = {}
    for raw in batch["Records"]:
        try:
            envelope = Envelope.model_validate(raw["event"])
        except ValidationError as error:
            why = f"entry {raw['eventID']} is not an event envelope: {reasons(error)}"
            failures[raw["eventID"]] = UnreadableError(why)
        else:
            records.append(Record(raw["eventID"], envelope, raw["deliveryCount"]))
    return records, failures


def _group_of(batch: StreamBatch) -> str:
    """Whose delivery it is; of all records the same."""
    return batch["Records"][0]["group"] if batch["Records"] else ""


def _claims_of(failures: Mapping[str, Exception], batch: StreamBatch) -> set[str]:
    """The claims of the unreadable records, as far as they can be told."""
    claims = (raw["event"].get("aggregate_id") for raw in batch["Records"] if raw["eventID"] in failures)
    return {claim_id for claim_id in claims if isinstance(claim_id, str)}


def _done(record: Record, seconds: float) -> None:
    envelope = record.envelope
    EVENTS_PROCESSED.labels(logger.service, envelope.event_type).inc()
    exemplar = exemplar_of(envelope.correlation_id)
    EVENT_PROCESSING_DURATION.labels(logger.service, envelope.event_type).observe(seconds, exemplar)
    # Two machines' clocks: an event from the near future was delivered at once.
    delivered_s = max(time.time() - envelope.timestamp.timestamp(), 0.0)
    EVENT_DELIVERY_DURATION.labels(logger.service, envelope.event_type).observe(delivered_s, exemplar)
    logger.info("event processed", extra={**_facts(record), "duration_ms": round(seconds * 1000, 3)})


def _response(batch: StreamBatch, failures: Mapping[str, Exception]) -> BatchResponse:
    for raw in batch["Records"]:
        error = failures.get(raw["eventID"])
        if error is not None:
            _log_failure(raw, error)
    identifiers = (raw["eventID"] for raw in batch["Records"] if raw["eventID"] in failures)
    items: list[BatchItemFailure] = [{"itemIdentifier": identifier} for identifier in identifiers]
    if items:
        items[0]["error"] = _error_object(failures[items[0]["itemIdentifier"]])
    flush_metrics()
    return {"batchItemFailures": items}


def _error_object(error: Exception) -> ErrorObject:
    # What says "not now" has nothing to find in a trace, and comes often.
    trace = [] if isinstance(error, RetryableError) else traceback.format_exception(error)
    return {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": trace}


def _log_failure(raw: StreamRecord, error: Exception) -> None:
    facts = {
        "entry_id": raw["eventID"],
        "claim_id": claim_id_of(str(raw["event"].get("aggregate_id"))),
        "event_type": raw["event"].get("event_type"),
        "event_id": raw["event"].get("event_id"),
        "correlation_id": raw["event"].get("correlation_id"),
        "delivery_count": raw["deliveryCount"],
        "error": str(error),
    }
    if isinstance(error, RetryableError):
        logger.warning("event will be delivered again", extra=facts)
    else:
        logger.error("event failed", extra=facts, exc_info=error)


def _facts(record: Record) -> dict[str, Any]:
    envelope = record.envelope
    return {
        "event_type": envelope.event_type,
        "event_id": envelope.event_id,
        "correlation_id": envelope.correlation_id,
        "claim_id": claim_id_of(envelope.aggregate_id),
        "version": envelope.version,
        "position": envelope.position,
        "delivery_count": record.delivery_count,
        **tracing.trace_keys(envelope),
    }
