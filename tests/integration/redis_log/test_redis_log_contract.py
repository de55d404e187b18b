"""The log on Valkey keeps the log's contract."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from repositories.ports.event_log import GuardedLog
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import LogKeys
from tests.contract.event_log_contract import EventLogContract, OpenLog
from tests.contract.guarded_log_contract import GuardedLogContract


class TestRedisEventLog(EventLogContract):
    @pytest.fixture
    def open_log(self, redis_url: str) -> OpenLog:
        """Each test has a partition of its own: the server is shared with every other test."""
        keys = LogKeys(f"{{{uuid4()}}}:")
        return lambda: RedisEventLog(connect(redis_url), keys=keys)


class TestRedisGuardedLog(GuardedLogContract):
    @pytest.fixture
    def open_guarded(self, redis_url: str) -> Callable[[], GuardedLog]:
        keys = LogKeys(f"{{{uuid4()}}}:")
        return lambda: RedisEventLog(connect(redis_url), keys=keys)
