"""The log in memory keeps the log's contract."""

from collections.abc import Callable

import pytest

from repositories.memory.event_log import MemoryEventLog
from repositories.ports.event_log import GuardedLog
from tests.contract.event_log_contract import HASH, EventLogContract, OpenLog, append_one, command
from tests.contract.guarded_log_contract import GuardedLogContract


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    def open_log(self) -> OpenLog:
        log = MemoryEventLog()
        return lambda: log


class TestMemoryGuardedLog(GuardedLogContract):
    @pytest.fixture
    def open_guarded(self) -> Callable[[], GuardedLog]:
        log = MemoryEventLog()
        return lambda: log


def test_a_recorded_command_is_forgotten_after_its_time() -> None:
    now_s = 0.0
    log = MemoryEventLog(clock_s=lambda: now_s)
    append_one(log, "claim_1", 1, command("key"))
    now_s = 3599.0
    assert log.outcome_of("key", HASH) is not None
    now_s = 3600.0
    assert log.outcome_of("key", HASH) is None
