"""Snapshots: a claim's state at a version, to shorten a replay. Each is safe to delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What replaying events 1 to `version` gave.

    `schema` names the code that folded it: other code must not use it. `newest_timestamp` is the latest time of any
    event folded in, so that a replay up to an earlier time leaves it aside. `state` and `history` are JSON.
    """

    aggregate_id: str
    version: int
    schema: str
    state: dict[str, Any]
    history: list[dict[str, Any]]
    newest_timestamp: datetime
    created_at: datetime


class Snapshots(Protocol):
    """The snapshots of all claims, one a version at most. Each method raises StoreUnavailableError."""

    def save(self, snapshot: Snapshot) -> bool:
        """Keep it, in place of one at the same version. True: there was none at that version."""

    def newest(
        self,
        aggregate_id: str,
        *,
        schema: str | None = None,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Snapshot | None:
        """The claim's snapshot at the highest version within the bounds, of `schema` alone where one is given."""

    def list(self, *, limit: int, offset: int = 0) -> Sequence[Snapshot]:
        """Snapshots, newest first."""

    def count(self) -> int:
        """How many there are."""
