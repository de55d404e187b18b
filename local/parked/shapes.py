"""Parked events as JSON, the same for `--json` and over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from envelope.times import format_utc
from local.parked.desk import Discarded, ParkedPage
from local.parked.retries import Asked, Retry
from streams.parking.parked_events import ParkedEvent


def page_json(page: ParkedPage) -> dict[str, Any]:
    """`{parked, count, by_group, next_after}`; the events without their data and without traces."""
    rows = [summary_json(event) for event in page.parked]
    return {"parked": rows, "count": page.count, "by_group": page.by_group, "next_after": page.next_after}


def summary_json(event: ParkedEvent) -> dict[str, Any]:
    """A line of a list. `claim_id` is the ordering key, which is the claim's id for every event of a claim."""
    return {
        "parked_id": event.parked_id,
        "group": event.group,
        "stream": event.stream,
        "source_id": event.source_id,
        "claim_id": event.key,
        "event_id": event.event.get("event_id"),
        "event_type": event.event.get("event_type"),
        "reason": event.reason,
        "error_type": event.error_type,
        "error": event.error,
        "attempts": event.attempts,
        "parked_at": time_of(event.parked_at_ms),
        "last_retry": _last_retry(event.last_retry, with_trace=False),
    }


def event_json(event: ParkedEvent) -> dict[str, Any]:
    """Everything that is known of it."""
    retry = _last_retry(event.last_retry, with_trace=True)
    return {**summary_json(event), "trace": event.trace, "last_retry": retry, "event": event.event}


def asked_json(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """`[{group, claim_id, events}]`"""
    return [asdict(each) for each in asked]


def retries_json(retries: Sequence[Retry]) -> list[dict[str, Any]]:
    """`[{group, claim_id, state, still_parked, parked_id, error_type, error}]`; the last three where it failed."""
    return [asdict(retry) for retry in retries]


def discarded_json(discarded: Discarded) -> dict[str, Any]:
    """`{discarded, still_parked}`: what was given up, and how many of its claim are left."""
    return {"discarded": summary_json(discarded.event), "still_parked": discarded.still_parked}


def time_of(epoch_ms: int) -> str:
    """`2025-07-08T14:30:00.000Z`"""
    return format_utc(datetime.fromtimestamp(epoch_ms / 1000, UTC))


def _last_retry(retry: dict[str, Any] | None, *, with_trace: bool) -> dict[str, Any] | None:
    if retry is None:
        return None
    names = ("error_type", "error", "trace") if with_trace else ("error_type", "error")
    return {"failed_at": time_of(retry["failed_at_ms"]), **{name: retry.get(name) for name in names}}
