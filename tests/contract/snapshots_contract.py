"""What every store of snapshots keeps, in memory or on a server. Subclass it and give it `snapshots`."""

from datetime import timedelta
from typing import Any

from repositories.ports.snapshots import Snapshot, Snapshots
from tests.contract.histories import START


def snapshot(claim_id: str = "claim_1", version: int = 1, **fields: Any) -> Snapshot:
    defaults: dict[str, Any] = {
        "schema": "1-a",
        "state": {"version": version, "description": "é", "a.b": {"$c": [1, None]}},
        "history": [{"version": version}],
        "newest_timestamp": START + timedelta(minutes=version),
        "created_at": START + timedelta(hours=version),
    }
    return Snapshot(aggregate_id=claim_id, version=version, **{**defaults, **fields})


class SnapshotsContract:
    """Each test has snapshots of its own."""

    def test_a_snapshot_comes_back_exactly_as_it_was_saved(self, snapshots: Snapshots) -> None:
        assert snapshots.save(snapshot())
        assert snapshots.newest("claim_1") == snapshot()
        assert snapshots.newest("claim_") is None

    def test_a_second_one_at_a_version_takes_the_place_of_the_first(self, snapshots: Snapshots) -> None:
        snapshots.save(snapshot())
        assert not snapshots.save(snapshot(schema="2-b"))
        assert snapshots.newest("claim_1") == snapshot(schema="2-b")
        assert snapshots.count() == 1

    def test_the_newest_within_the_bounds_is_found(self, snapshots: Snapshots) -> None:
        for version in (2, 7, 5):
            snapshots.save(snapshot(version=version))
        snapshots.save(snapshot("claim_2", version=9))
        snapshots.save(snapshot(version=8, schema="0-old"))
        assert _version(snapshots.newest("claim_1")) == 8
        assert _version(snapshots.newest("claim_1", schema="1-a")) == 7
        assert _version(snapshots.newest("claim_1", schema="1-a", up_to_version=6)) == 5
        assert _version(snapshots.newest("claim_1", up_to_timestamp=START + timedelta(minutes=5))) == 5
        assert _version(snapshots.newest("claim_1", up_to_version=7, up_to_timestamp=START + timedelta(minutes=4))) == 2
        assert snapshots.newest("claim_1", up_to_version=1) is None

    def test_the_list_is_newest_first_and_paged(self, snapshots: Snapshots) -> None:
        for version in (1, 3, 2):
            snapshots.save(snapshot(version=version))
        assert [each.version for each in snapshots.list(limit=2)] == [3, 2]
        assert [each.version for each in snapshots.list(limit=2, offset=2)] == [1]
        assert snapshots.count() == 3


def _version(found: Snapshot | None) -> int | None:
    return found.version if found else None
