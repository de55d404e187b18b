"""The contracts of the archive, the snapshots and the audit trail, on the server; and what a crash leaves behind."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from pymongo import MongoClient

from envelope.errors import UnreadableError
from repositories.errors import StoreUnavailableError
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.audit_trail import MongoAuditTrail
from repositories.mongo.client import Document, client_for
from repositories.mongo.kept_totals import Kept, KeptTotals
from repositories.mongo.snapshots import MongoSnapshots
from repositories.ports.archive import Archive, ArchiveCheckpoints, EventFilter
from repositories.ports.audit_trail import AuditTrail
from repositories.ports.pages import Place
from repositories.ports.snapshots import Snapshots
from tests.contract.archive_contract import ArchiveContract
from tests.contract.archive_contract import walk as walk_archive
from tests.contract.audit_trail_contract import AuditTrailContract, entry
from tests.contract.histories import changed, life, lives
from tests.contract.snapshots_contract import SnapshotsContract


@pytest.fixture
def client(mongo_url: str) -> MongoClient[Document]:
    return client_for(mongo_url)


@pytest.fixture
def database() -> str:
    return f"test_{uuid4().hex}"


@pytest.fixture
def archive(client: MongoClient[Document], database: str) -> MongoArchive:
    return MongoArchive(client, database)


@pytest.fixture
def checkpoints(client: MongoClient[Document], database: str) -> MongoArchiveCheckpoints:
    return MongoArchiveCheckpoints(client, database)


class TestMongoArchive(ArchiveContract):
    @pytest.fixture
    def archive(self, client: MongoClient[Document], database: str) -> Archive:
        return MongoArchive(client, database)

    @pytest.fixture
    def checkpoints(self, client: MongoClient[Document], database: str) -> ArchiveCheckpoints:
        return MongoArchiveCheckpoints(client, database)


class TestMongoSnapshots(SnapshotsContract):
    @pytest.fixture
    def snapshots(self, client: MongoClient[Document], database: str) -> Snapshots:
        return MongoSnapshots(client, database)


class TestMongoAuditTrail(AuditTrailContract):
    @pytest.fixture
    def trail(self, client: MongoClient[Document], database: str) -> AuditTrail:
        return MongoAuditTrail(client, database)


class CrashedError(Exception):
    """The process died here."""


def _die(_: KeptTotals, written: Sequence[Document]) -> None:
    raise CrashedError(f"with {len(written)} documents written")


def _position(checkpoints: MongoArchiveCheckpoints) -> int:
    checkpoint = checkpoints.read()
    return checkpoint.position if checkpoint else 0


def test_a_crash_before_the_checkpoint_heals_on_redelivery(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = lives(3)
    archive.append(events[:5])
    with monkeypatch.context() as patched:
        patched.setattr(KeptTotals, "advance", _die)
        with pytest.raises(CrashedError):
            archive.append(events[5:10])
    assert _position(checkpoints) == 5
    assert archive.append(events[5:10]) == {}
    assert _position(checkpoints) == 10
    assert archive.totals().events == 10


def test_a_crash_before_the_checkpoint_heals_with_the_next_batch_alone(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = lives(3)
    with monkeypatch.context() as patched:
        patched.setattr(KeptTotals, "advance", _die)
        with pytest.raises(CrashedError):
            archive.append(events[:10])
    archive.append(events[10:])
    assert _position(checkpoints) == 15
    assert archive.totals().aggregates == 3


def test_a_crash_in_the_middle_of_the_insert_heals_on_redelivery(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints, client: MongoClient[Document], database: str
) -> None:
    events = lives(2)
    archive.append(events)
    client[database]["events"].delete_many({"position": {"$in": [4, 8]}})
    client[database]["checkpoints"].delete_many({})
    assert archive.append(events) == {}
    assert _position(checkpoints) == 10
    assert archive.totals().events == 10
    assert walk_archive(archive, EventFilter(), 3) == list(range(1, 11))


def test_redelivery_after_the_checkpoint_counts_nothing_twice(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints
) -> None:
    events = lives(2)
    for _ in range(3):
        archive.append(events)
    assert _position(checkpoints) == 10
    assert archive.totals().by_event_type["ReclamationCreee"].count == 2


def test_writers_at_the_same_time_lose_nothing_and_count_everything_once(
    client: MongoClient[Document], database: str, checkpoints: MongoArchiveCheckpoints
) -> None:
    events = lives(40)
    batches = [events[start : start + 10] for start in range(0, 200, 10)] * 2

    def append(batch: Sequence[object]) -> object:
        return MongoArchive(client, database).append(batch)  # type: ignore[arg-type]

    MongoArchive(client, database).append([])
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(append, batches)) == [{}] * len(batches)
    archive = MongoArchive(client, database)
    archive.append([])
    assert _position(checkpoints) == 200
    assert archive.totals().events == 200
    assert archive.totals().aggregates == 40


@pytest.mark.parametrize("before", [0, 5])
def test_a_writer_that_was_overtaken_never_moves_the_checkpoint_back(
    archive: MongoArchive,
    checkpoints: MongoArchiveCheckpoints,
    client: MongoClient[Document],
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    before: int,
) -> None:
    events = lives(3)
    archive.append(events[:before])
    move, overtakers = KeptTotals._move, [MongoArchive(client, database)]

    def overtaken_move(self: KeptTotals, kept: Kept, run: Sequence[Document]) -> bool:
        if overtakers:
            overtakers.pop().append(events)
        return move(self, kept, run)

    monkeypatch.setattr(KeptTotals, "_move", overtaken_move)
    assert archive.append(events[before:10]) == {}
    assert _position(checkpoints) == 15
    assert archive.totals().events == 15


def test_the_checkpoint_catches_up_over_more_than_a_window(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints
) -> None:
    events = lives(500)
    archive.append(events[1:])
    assert _position(checkpoints) == 0
    archive.append(events[:1])
    assert _position(checkpoints) == 2_500
    assert archive.totals().events == 2_500


def test_an_event_that_bson_cannot_hold_fails_alone(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints
) -> None:
    events = life()
    huge = changed(events[2], data={"n": 2**64})
    nul = changed(events[3], data={"a\u0000b": 1})
    failures = archive.append([*events[:2], huge, nul])
    assert [type(error) for error in failures.values()] == [UnreadableError, UnreadableError]
    assert _position(checkpoints) == 2


def test_a_fork_leaves_the_checkpoint_where_history_split(
    archive: MongoArchive, checkpoints: MongoArchiveCheckpoints, client: MongoClient[Document], database: str
) -> None:
    events = lives(2)
    archive.append(events[:5])
    archive.append([changed(events[4], event_id="another"), *events[5:]])
    kept = client[database]["checkpoints"].find_one({"_id": "archive"})
    assert kept is not None
    assert kept["position"] == 5
    fork = client[database]["checkpoints"].find_one({"_id": "fork"})
    assert fork is not None
    assert "another" in fork["detail"]
    # Another process, and a restart, are stopped as well.
    assert MongoArchiveCheckpoints(client, database).fork() == fork["detail"]


def test_a_rare_type_is_looked_for_in_bounded_stretches(archive: MongoArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repositories.mongo.position_pages.SCAN_COUNT_MAX", 200)
    events = lives(200)
    rare = {700, 990}
    archive.append(
        [changed(event, event_type="ReclamationRare") if event.position in rare else event for event in events]
    )
    first = archive.list(EventFilter(event_type="ReclamationRare"), Place(), 10)
    assert [event.position for event in first.items] == [700]
    assert first.next is not None
    assert walk_archive(archive, EventFilter(event_type="ReclamationRare"), 10) == [700, 990]


def test_the_audit_trail_counts_after_a_crash(
    client: MongoClient[Document], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = MongoAuditTrail(client, database)
    entries = [entry(event) for event in lives(2)]
    with monkeypatch.context() as patched:
        patched.setattr(KeptTotals, "advance", _die)
        with pytest.raises(CrashedError):
            trail.record(entries)
    assert trail.totals().events == 10
    recorded = trail.record(entries)
    assert recorded.new_event_ids == frozenset()
    assert trail.totals().events == 10
    kept = client[database]["checkpoints"].find_one({"_id": "totals"})
    assert kept is not None
    assert kept["position"] == 10


def test_a_server_that_is_away_is_told_as_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repositories.mongo.client.SERVER_SELECTION_MS_MAX", 200)
    away = client_for("mongodb://127.0.0.1:9/?directConnection=true")
    for call in (
        lambda: MongoArchive(away).append(life()),
        lambda: MongoArchive(away).totals(),
        lambda: MongoArchiveCheckpoints(away).read(),
        lambda: MongoSnapshots(away).count(),
        lambda: MongoAuditTrail(away).record([entry(event) for event in life()]),
        lambda: MongoAuditTrail(away).newest_latencies(1),
    ):
        with pytest.raises(StoreUnavailableError):
            call()
