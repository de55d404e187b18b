"""The log is emptied under processes that write to it; the archive is dropped under its subscriber."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from envelope import Envelope
from functions.event_store.archiving import Archiving
from handlers.batch import Record
from local.cli.main import run
from local.recover.group_stands import Group
from local.recover.recovery import Stores, diagnose, mend
from local.servers import embedded_server
from repositories.errors import LogBehindArchiveError
from repositories.memory.archive import MemoryArchive
from repositories.mongo.archive import MongoArchive
from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
from repositories.mongo.client import client_for
from repositories.ports.archive import ArchiveGapError
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import LogKeys
from tests.contract.event_log_contract import append_one
from tests.integration.redis_log.own_valkey import OwnValkey

WRITERS = 4
WAIT_S_MAX = 20.0


def quiet(label: str, total: int) -> Callable[[int], None]:
    return lambda _: None


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


class Writer(threading.Thread):
    """Appends to a claim of its own, and has each event archived, until it is refused."""

    def __init__(self, url: str, claim_id: str, archive: MemoryArchive, one_at_a_time: threading.Lock) -> None:
        super().__init__(daemon=True)
        self.log = RedisEventLog(connect(url), ArchiveGuard(archive))
        self.claim_id = claim_id
        self.version = 0
        self._archive = archive
        self._one_at_a_time = one_at_a_time
        self.refused: Exception | None = None

    def run(self) -> None:
        try:
            while True:
                self.append()
        except LogBehindArchiveError as error:
            self.refused = error

    def append(self) -> None:
        appended = append_one(self.log, self.claim_id, self.version + 1)
        self.version = appended.version
        with self._one_at_a_time:
            assert self._archive.append(appended.events) == {}


def test_flushall_under_writers_is_never_appended_to_and_is_mended_while_they_live(
    valkey: OwnValkey, tmp_path: Path
) -> None:
    archive, one_at_a_time = MemoryArchive(), threading.Lock()
    idle = Writer(valkey.url, "claim_idle", archive, one_at_a_time)
    with pytest.raises(Exception, match="changed by another request"):
        append_one(idle.log, "claim_idle", 7)  # verified, and saw nothing
    writers = [Writer(valkey.url, f"claim_{number}", archive, one_at_a_time) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    client: Any = connect(valkey.url)
    while (client.xlen("events:all")) < 100:
        pass
    client.flushall()
    for writer in writers:
        writer.join(WAIT_S_MAX)
        assert writer.refused is not None
    with pytest.raises(LogBehindArchiveError):
        idle.append()
    assert client.dbsize() == 0
    stores = Stores(client, archive, archive, [Group("events:all", "archiver")], "archiver", tmp_path / "pollers")
    mend(stores, diagnose(stores, quiet), quiet)
    for writer in (*writers, idle):
        writer.append()  # it was refused before, so it verifies what it finds now
        assert len(writer.log.read_claim(writer.claim_id)) == writer.version
    checkpoint = archive.read()
    assert checkpoint is not None
    assert checkpoint.position == idle.log.last_position() == client.xlen("events:all")


def records(events: Sequence[Envelope]) -> list[Record]:
    return [Record(f"{event.position}-0", event, 1) for event in events]


def test_an_archive_that_was_dropped_refuses_what_follows_until_it_is_mended_from_the_log(
    redis_url: str, mongo_url: str
) -> None:
    keys, mongo, database = LogKeys(f"{{{uuid4()}}}:"), client_for(mongo_url), f"test_{uuid4().hex}"
    client: Any = connect(redis_url)
    log = RedisEventLog(client, keys=keys)
    events = [append_one(log, f"claim_{number % 3}", number // 3 + 1).events[0] for number in range(9)]
    archiving = Archiving(MongoArchive(mongo, database))
    assert archiving.archive(records(events[:3])) == {}
    assert archiving.archive(records(events[3:6])) == {}
    client.hset(keys.checkpoint("archiver"), mapping={"entry_id": "6-0", "stream": keys.all_events})
    mongo.drop_database(database)
    for process in (archiving, Archiving(MongoArchive(mongo, database))):
        with pytest.raises(ArchiveGapError, match="recours recover"):
            process.archive(records(events[6:]))
    groups = [Group(keys.all_events, "archiver")]
    checkpoints = MongoArchiveCheckpoints(mongo, database)
    stores = Stores(client, MongoArchive(mongo, database), checkpoints, groups, "archiver", None, keys)
    assert mend(stores, diagnose(stores, quiet), quiet).archived == 9
    assert archiving.archive(records(events[6:])) == {}
    found = checkpoints.read()
    assert found is not None
    assert (found.position, MongoArchive(mongo, database).totals().events) == (9, 9)
    indexes = mongo[database]["events"].index_information()
    assert any(index["key"] == [("position", 1)] and index.get("unique") for index in indexes.values())


class TestCommand:
    """`./recours recover --external` on servers of its own."""

    @pytest.fixture
    def servers(self, valkey: OwnValkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
        with embedded_server("mongo", tmp_path) as mongo_url:
            monkeypatch.setenv("REDIS_URL", valkey.url)
            monkeypatch.setenv("MONGO_URL", mongo_url)
            yield valkey.url, mongo_url

    def test_it_tells_asks_and_restores(
        self, servers: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        redis_url, mongo_url = servers
        archive = MongoArchive(client_for(mongo_url))
        given = ["recover", "--external", "--data", str(tmp_path)]
        assert run(given) == 0
        assert "Nothing to recover" in capsys.readouterr().out
        log = RedisEventLog(connect(redis_url), ArchiveGuard(MongoArchiveCheckpoints(client_for(mongo_url))))
        for version in (1, 2, 3):
            assert archive.append(append_one(log, "claim_1", version).events) == {}
        connect(redis_url).flushall()
        assert run([*given, "--dry-run"]) == 0
        assert "lost positions 1 to 3" in capsys.readouterr().out
        assert run(given) == 2
        refused = capsys.readouterr()
        assert "The log would be restored" in refused.out
        assert " will " not in refused.out
        assert refused.err.startswith("recours: nothing was changed: ./recours recover writes")
        assert "repeat with --yes" in refused.err
        assert connect(redis_url).dbsize() == 0
        assert run([*given, "--yes"]) == 0
        said = capsys.readouterr().out
        assert "Idempotency-Key" in said
        assert "The log will be restored" in said
        assert "The log is restored: it ends at position 3, with 1 claim." in said
        with pytest.raises(LogBehindArchiveError):
            append_one(log, "claim_1", 4)
        assert append_one(log, "claim_1", 4).position == 4
        assert run(given) == 0

    def test_without_addresses_it_is_wrong_use(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("REDIS_URL", raising=False)
        monkeypatch.delenv("MONGO_URL", raising=False)
        assert run(["recover", "--external"]) == 2
        assert "REDIS_URL and MONGO_URL" in capsys.readouterr().err
        assert run(["recover", "--data", str(tmp_path)]) == 1
        assert f"./recours up --detach --data {tmp_path}" in capsys.readouterr().err
