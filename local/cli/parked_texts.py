"""Parked events and retries as text for a terminal."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from local.parked.desk import Discarded, ParkedPage
from local.parked.retries import Asked, Retry
from local.parked.shapes import event_json

ERROR_LENGTH_MAX = 60
_LABELS = {
    "parked_id": "Parked id",
    "group": "Group",
    "stream": "Stream",
    "source_id": "Id in it",
    "claim_id": "Claim",
    "reason": "Reason",
    "attempts": "Attempts",
    "parked_at": "Parked at",
    "error_type": "Error type",
    "error": "Error",
}


def page_text(page: ParkedPage) -> str:
    """A table, and how many there are in all."""
    head = ("PARKED ID", "GROUP", "CLAIM", "EVENT", "SOURCE ID", "REASON", "ATTEMPTS", "ERROR")
    rows = [
        (
            event.parked_id,
            event.group,
            event.key,
            str(event.event.get("event_type", "-")),
            event.source_id,
            event.reason,
            str(event.attempts),
            _short(f"{event.error_type}: {event.error}"),
        )
        for event in page.parked
    ]
    groups = ", ".join(f"{group} {count}" for group, count in page.by_group.items())
    lines = [*_table([head, *rows]), f"{page.count} parked ({groups})."]
    if page.next_after:
        lines.append(f"These are the first {len(rows)}: --limit shows more.")
    return "\n".join(map(plain, lines))


def event_text(event: dict[str, Any]) -> str:
    """Everything of one, from its JSON form."""
    lines = [f"{label + ':':<12} {plain(str(event[name]))}" for name, label in _LABELS.items()]
    lines += ["", "Trace:", plain(event["trace"] or "none")]
    if retry := event["last_retry"]:
        lines += ["", f"The last retry failed at {retry['failed_at']}: {plain(_error(retry))}", plain(retry["trace"])]
    return "\n".join([*lines, "", "Event:", plain(json.dumps(event["event"], ensure_ascii=False, indent=2))])


def asked_text(asked: Sequence[Asked]) -> str:
    """What a retry would ask for."""
    lines = [f"{each.group} {each.claim_id}: {_events(each.events)} would be handed over again" for each in asked]
    return "\n".join(map(plain, lines))


def outcome_text(asked: Asked, retry: Retry) -> str:
    """One claim's retry."""
    return plain(f"{retry.group} {retry.claim_id}: {_outcome(asked, retry)}")


def discarded_text(discarded: Discarded) -> str:
    """What was given up, and what is left of its claim."""
    event = event_json(discarded.event)
    kind = event["event_type"] or "an event"
    left = f"{_events(discarded.still_parked)} of it still parked" if discarded.still_parked else "nothing of it parked"
    return plain(f"Discarded {event['parked_id']} of {event['group']}: {kind} of {event['claim_id']}; {left}.")


def plain(text: str) -> str:
    """The text without what a terminal would obey: a customer's words may be part of it."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _outcome(asked: Asked, retry: Retry) -> str:
    left = f"{_events(retry.still_parked)} still parked"
    match retry.state:
        case "done":
            return f"done, {_events(asked.events)}"
        case "failed":
            return f"failed at {retry.parked_id} ({retry.error_type}: {retry.error}); {left}"
        case "waiting":
            return f"{left}; it stays asked for until a poller of {retry.group} has done it"
        case "parked":
            return f"{left}, and not asked for any more: retry again"


def _error(retry: dict[str, Any]) -> str:
    return f"{retry['error_type']}: {retry['error']}"


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= ERROR_LENGTH_MAX else f"{line[: ERROR_LENGTH_MAX - 1]}…"


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
