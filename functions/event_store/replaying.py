"""Replay: from archived events to the claim they make, and the history that shows how. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claim_domain import Claim, evolve_recorded
from claim_domain.view import claim_to_dict
from envelope import Envelope, format_utc
from envelope.errors import RetryableError


class ArchiveIncompleteError(RetryableError):
    """A later version of the claim is archived before an earlier one, which is still on its way."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A claim at a version, how it came there, and the latest time of any event that was folded in."""

    claim: Claim
    history: tuple[dict[str, Any], ...]
    newest_timestamp: datetime


def fold(events: Sequence[Envelope], start: Folded | None = None) -> Folded | None:
    """Fold events, oldest first, into `start` (None: from nothing).

    Raises UnreadableError for an event that we cannot read, or where `check_gapless` would have raised.
    """
    claim, history, newest = _open(start)
    for event in events:
        claim = evolve_recorded(claim, event)
        history.append(_history_entry(claim, event))
        newest = max(newest, event.timestamp) if newest else event.timestamp
    return Folded(claim, tuple(history), newest) if claim and newest else None


def check_gapless(aggregate_id: str, events: Sequence[Envelope], after_version: int) -> None:
    """Raise ArchiveIncompleteError unless the events are the versions after `after_version`, none missing."""
    for expected, event in enumerate(events, start=after_version + 1):
        if event.version != expected:
            raise ArchiveIncompleteError(f"version {expected} of {aggregate_id} has not reached the archive yet")


def state_of(folded: Folded) -> dict[str, Any]:
    """JSON-ready state of the claim, its history with it."""
    return {**claim_to_dict(folded.claim), "history": list(folded.history)}


def changes_between(before: Claim | None, after: Claim) -> list[dict[str, Any]]:
    """The fields that differ, `[{field, from, to}]`."""
    new = claim_to_dict(after)
    old = claim_to_dict(before) if before else dict.fromkeys(new)
    return [{"field": name, "from": old[name], "to": new[name]} for name in new if old[name] != new[name]]


def _open(start: Folded | None) -> tuple[Claim | None, list[dict[str, Any]], datetime | None]:
    return (start.claim, list(start.history), start.newest_timestamp) if start else (None, [], None)


def _history_entry(claim: Claim, event: Envelope) -> dict[str, Any]:
    return {
        "version": event.version,
        "event_type": event.event_type,
        "status": str(claim.status),
        "timestamp": format_utc(event.timestamp),
        "event_id": event.event_id,
        "actor": event.actor.model_dump(),
    }
