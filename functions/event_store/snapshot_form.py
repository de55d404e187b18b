"""A folded claim as a snapshot, and back."""

import hashlib
from datetime import datetime
from functools import cache

import orjson
from pydantic import TypeAdapter, ValidationError

from claim_domain import Claim
from claim_domain.view import claim_from_dict, claim_to_dict
from envelope import EVENT_TYPES, ReclamationEnrichie
from functions.event_store.replaying import Folded
from metrics.logs import logger
from repositories.ports.snapshots import Snapshot

FOLD_REVISION = 1  # raise it when `evolve` or the history gives another result from the same events


@cache
def current_schema() -> str:
    """Names the code that folds: a snapshot of other code is left aside, and replay starts from the first event.

    Follows the shape of the claim and of each event that is folded into it by itself; a change of meaning alone is
    FOLD_REVISION's.
    """
    folded = {name: kind for name, kind in EVENT_TYPES.items() if kind.payload is not ReclamationEnrichie}
    shapes = {name: kind.schema_version for name, kind in folded.items()}
    described = orjson.dumps([TypeAdapter(Claim).json_schema(), shapes], option=orjson.OPT_SORT_KEYS)
    return f"{FOLD_REVISION}-{hashlib.sha256(described).hexdigest()[:16]}"


def to_snapshot(folded: Folded, created_at: datetime) -> Snapshot:
    """What is kept."""
    return Snapshot(
        aggregate_id=folded.claim.claim_id,
        version=folded.claim.version,
        schema=current_schema(),
        state=claim_to_dict(folded.claim),
        history=list(folded.history),
        newest_timestamp=folded.newest_timestamp,
        created_at=created_at,
    )


def from_snapshot(snapshot: Snapshot) -> Folded | None:
    """What was folded; None when it is not of this code or does not read: a snapshot is never needed."""
    if snapshot.schema != current_schema():
        return None
    try:
        claim = claim_from_dict(snapshot.state)
    except ValidationError as error:
        _warn(snapshot, f"{error.error_count()} fields do not read")
        return None
    if (claim.claim_id, claim.version) != (snapshot.aggregate_id, snapshot.version):
        _warn(snapshot, "the state is of another claim or version")
        return None
    if len(snapshot.history) != snapshot.version:
        _warn(snapshot, "the history has another length")
        return None
    return Folded(claim, tuple(snapshot.history), snapshot.newest_timestamp)


def _warn(snapshot: Snapshot, reason: str) -> None:
    facts = {"claim_id": snapshot.aggregate_id, "version": snapshot.version, "reason": reason}
    logger.warning("snapshot ignored", extra=facts)
