"""Snapshots in memory: the same answers as those on MongoDB, for tests."""

from collections.abc import Sequence
from datetime import datetime

from repositories.ports.snapshots import Snapshot


class MemorySnapshots:
    """A Snapshots."""

    def __init__(self) -> None:
        self._snapshots: dict[tuple[str, int], Snapshot] = {}

    def save(self, snapshot: Snapshot) -> bool:
        """See `Snapshots.save`."""
        key = (snapshot.aggregate_id, snapshot.version)
        is_new = key not in self._snapshots
        self._snapshots[key] = snapshot
        return is_new

    def newest(
        self,
        aggregate_id: str,
        *,
        schema: str | None = None,
        up_to_version: int | None = None,
        up_to_timestamp: datetime | None = None,
    ) -> Snapshot | None:
        """See `Snapshots.newest`."""
        fitting = [
            each
            for each in self._snapshots.values()
            if each.aggregate_id == aggregate_id
            and (schema is None or each.schema == schema)
            and (up_to_version is None or each.version <= up_to_version)
            and (up_to_timestamp is None or each.newest_timestamp <= up_to_timestamp)
        ]
        return max(fitting, key=lambda each: each.version, default=None)

    def list(self, *, limit: int, offset: int = 0) -> Sequence[Snapshot]:
        """See `Snapshots.list`."""
        by_id = sorted(self._snapshots.values(), key=lambda each: f"{each.aggregate_id}:{each.version}")
        newest_first = sorted(by_id, key=lambda each: each.created_at, reverse=True)
        return newest_first[offset : offset + limit]

    def count(self) -> int:
        """See `Snapshots.count`."""
        return len(self._snapshots)
