"""What each service must tell of a claim whose five commands were acknowledged. Pure: the answers come in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.loadtest.endpoints import Address, Endpoints
from local.loadtest.scenario import (
    COMMANDS_PER_CLAIM,
    EMAILS_PER_CLAIM,
    EVENT_TYPES,
    NOTIFICATIONS_PER_CLAIM,
    LoadedClaim,
)

VERSIONS = list(range(1, COMMANDS_PER_CLAIM + 1))


@dataclass(frozen=True)
class Finding:
    """What is not as it must be. `is_final`: waiting will not mend it."""

    what: str
    is_final: bool = False


Check = Callable[[LoadedClaim, Any], Finding | None]


@dataclass(frozen=True)
class View:
    """One service's answer about one claim; `path` holds `{claim_id}`."""

    name: str
    address: Callable[[Endpoints], Address]
    path: str
    check: Check


def check_archive(claim: LoadedClaim, answer: Any) -> Finding | None:
    """The archive has exactly the acknowledged events, as versions 1 to 5."""
    return _check_history(claim, answer["events"], "archived event")


def check_audit(claim: LoadedClaim, answer: Any) -> Finding | None:
    """The audit trail has one entry an event."""
    finding = _check_history(claim, answer["audit_trail"], "audit entry")
    if finding is None and any(entry["processing_latency_seconds"] < 0 for entry in answer["audit_trail"]):
        return Finding("an audit entry has a negative latency", is_final=True)
    return finding


def check_read_model(_claim: LoadedClaim, answer: Any) -> Finding | None:
    """The read model shows it closed, with its whole history."""
    found = (answer["status"], answer["version"])
    if found != ("closed", COMMANDS_PER_CLAIM):
        return Finding(
            f"the read model has it {found[0]} at version {found[1]}", answer["version"] > COMMANDS_PER_CLAIM
        )
    if len(answer["history"]) != COMMANDS_PER_CLAIM:
        return Finding(f"the read model's history has {len(answer['history'])} entries", is_final=True)
    return None


def check_notifications(claim: LoadedClaim, answer: Any) -> Finding | None:
    """Each of the five notifications was sent, and no other."""
    notifications = answer["notifications"]
    statuses = [notification["status"] for notification in notifications]
    if len(notifications) > NOTIFICATIONS_PER_CLAIM or "failed" in statuses:
        return Finding(f"there are {len(notifications)} notifications: {', '.join(statuses)}", is_final=True)
    sent = statuses.count("sent")
    if sent < NOTIFICATIONS_PER_CLAIM:
        return Finding(f"{sent} of {NOTIFICATIONS_PER_CLAIM} notifications are sent")
    emails = sum(notification["type"] == "email" for notification in notifications)
    if emails != EMAILS_PER_CLAIM:
        return Finding(f"{emails} notifications are e-mails, not {EMAILS_PER_CLAIM}", is_final=True)
    return _check_correlation(claim, notifications, "notification")


VIEWS = (
    View("archive", lambda at: at.event_store, "/events/{claim_id}", check_archive),
    View("audit", lambda at: at.audit, "/audit/claims/{claim_id}", check_audit),
    View("read model", lambda at: at.query, "/claims/{claim_id}", check_read_model),
    View("notifications", lambda at: at.notification, "/notifications?claim_id={claim_id}", check_notifications),
)


def _check_history(claim: LoadedClaim, entries: Sequence[Any], kind: str) -> Finding | None:
    versions = [entry["version"] for entry in entries]
    if len(versions) > COMMANDS_PER_CLAIM or versions != VERSIONS[: len(versions)]:
        return Finding(f"{kind} versions are {versions}, not {VERSIONS}", is_final=len(versions) >= COMMANDS_PER_CLAIM)
    if len(versions) < COMMANDS_PER_CLAIM:
        return Finding(f"{kind} versions are {versions}, not yet {VERSIONS}")
    if [entry["event_id"] for entry in entries] != claim.event_ids:
        return Finding(f"an {kind} is not the acknowledged event of its version", is_final=True)
    if [entry["event_type"] for entry in entries] != list(EVENT_TYPES):
        return Finding(f"the {kind} types are {[entry['event_type'] for entry in entries]}", is_final=True)
    return _check_correlation(claim, entries, kind)


def _check_correlation(claim: LoadedClaim, entries: Sequence[Any], kind: str) -> Finding | None:
    if all(entry["correlation_id"] == claim.correlation_id for entry in entries):
        return None
    return Finding(f"a correlation id is not {claim.correlation_id} in every {kind}", is_final=True)
