"""The log's server comes back with less than it had, while a process that is not the last writer goes on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from repositories.errors import LogBehindArchiveError
from repositories.memory.archive import MemoryArchive
from repositories.ports.event_log import EventLog, LogWentBackError
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from tests.contract.event_log_contract import append_one, event
from tests.integration.redis_log.own_valkey import OwnValkey


class Case:
    """Two processes that append to one log, and the archive that both compare it with."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "server"
        self.copy = directory / "copy"
        self.data.mkdir()
        self.server = OwnValkey(self.data)
        self.archive = MemoryArchive()
        self.busy, self.idle = (self._log() for _ in range(2))

    def _log(self) -> RedisEventLog:
        return RedisEventLog(connect(self.server.url), ArchiveGuard(self.archive))

    def write(self, log: EventLog, *claim_ids: str) -> None:
        for claim_id in claim_ids:
            appended = log.append(claim_id, [event(claim_id, 1)], expected_version=0)
            assert self.archive.append(appended.events) == {}

    def roll_back(self) -> None:
        """kill -9, put the copied files in place, start again."""
        self.server.kill()
        shutil.rmtree(self.data)
        shutil.copytree(self.copy, self.data)
        self.server.start()


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    made.server.start()
    try:
        yield made
    finally:
        made.server.close()


def test_no_process_appends_to_a_log_that_was_rolled_back(case: Case) -> None:
    case.write(case.idle, "claim_1")
    case.write(case.busy, "claim_2", "claim_3")
    shutil.copytree(case.data, case.copy)
    case.write(case.busy, "claim_4", "claim_5", "claim_6")
    case.roll_back()
    with pytest.raises(LogBehindArchiveError, match="ends at position 3, the archive at 6"):
        append_one(case.idle, "claim_7", 1)
    with pytest.raises((LogBehindArchiveError, LogWentBackError)):
        append_one(case.busy, "claim_7", 1)
    assert case.idle.last_position() == 3


def test_a_server_that_comes_back_whole_is_appended_to_at_once(case: Case) -> None:
    case.write(case.idle, "claim_1")
    case.write(case.busy, "claim_2")
    case.server.kill()
    case.server.start()
    case.write(case.idle, "claim_3")
    case.write(case.busy, "claim_4")
    assert case.busy.last_position() == 4


def test_an_emptied_log_does_not_say_that_a_claim_never_was(case: Case) -> None:
    case.write(case.busy, "claim_1")
    connect(case.server.url).flushall()
    with pytest.raises(LogWentBackError):
        case.busy.read_claim("claim_1")
