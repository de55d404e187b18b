"""A log that was emptied or replaced is not the log that a process verified, whatever it had seen of it."""

from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from repositories.errors import LogBehindArchiveError
from repositories.memory.archive import MemoryArchive
from repositories.ports.event_log import Append, LogDamagedError, LogWentBackError
from repositories.redis_log.archive_guard import ArchiveGuard
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.incarnation import RESTORED, Incarnation
from repositories.redis_log.keys import LogKeys
from tests.contract.event_log_contract import HASH, append_one, command, event


@pytest.fixture
def client(redis_url: str) -> "Redis":
    return connect(redis_url)


@pytest.fixture
def keys() -> LogKeys:
    return LogKeys(f"{{{uuid4()}}}:")


@pytest.fixture
def log(client: "Redis", keys: LogKeys) -> RedisEventLog:
    return RedisEventLog(client, keys=keys)


def lose(client: "Redis", keys: LogKeys) -> None:
    """What FLUSHALL does, to this log alone."""
    names: Any = client.keys(keys.prefix + "*")
    client.delete(*names)


def verify_without_appending(log: RedisEventLog) -> None:
    """Have the log verified by an append that is refused."""
    with pytest.raises(Exception, match="changed by another request"):
        append_one(log, "claim_nobody_has", 9)


def test_a_log_gets_one_id_at_the_first_append_and_keeps_it(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    assert client.get(keys.log_id) is None
    append_one(log, "claim_1", 1)
    given = client.get(keys.log_id)
    append_one(RedisEventLog(client, keys=keys), "claim_2", 1)
    append_one(log, "claim_3", 1)
    assert given is not None
    assert client.get(keys.log_id) == given


def test_a_log_of_an_older_system_gets_an_id(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.delete(keys.log_id)
    newcomer = RedisEventLog(client, keys=keys)
    assert append_one(newcomer, "claim_1", 2).position == 2
    assert client.exists(keys.log_id)


def test_an_emptied_log_is_refused_by_a_process_that_saw_nothing_in_it(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    verify_without_appending(log)
    append_one(RedisEventLog(client, keys=keys), "claim_of_another_process", 1)
    lose(client, keys)
    for _ in range(2):
        with pytest.raises(LogWentBackError, match="recours recover"):
            append_one(log, "claim_1", 1)
    assert client.keys(keys.prefix + "*") == []


def test_a_log_begun_anew_is_refused_by_a_process_that_saw_more_in_the_one_before(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    append_one(log, "claim_1", 1)
    lose(client, keys)
    newcomer = RedisEventLog(client, keys=keys)
    append_one(newcomer, "claim_2", 1)
    append_one(newcomer, "claim_3", 1)
    with pytest.raises(LogWentBackError):
        append_one(log, "claim_4", 1)
    with pytest.raises(LogWentBackError):
        log.check()


def test_the_script_itself_refuses_another_log_and_does_not_answer_a_repeat(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    append_one(log, "claim_1", 1, command("key"))
    client.set(keys.log_id, "another")
    answers = log.append_many([Append("claim_1", [event("claim_1", 1)], 0, command("key", HASH))])
    assert [type(answer) for answer in answers] == [LogWentBackError]
    assert log.last_position() == 1


def test_a_restored_log_is_taken_up_again_though_it_ends_earlier(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    for version in (1, 2, 3):
        append_one(log, "claim_1", version)
    lose(client, keys)
    with pytest.raises(LogWentBackError):
        append_one(log, "claim_1", 4)
    restored = RedisEventLog(client, keys=keys)
    append_one(restored, "claim_1", 1)
    client.set(keys.log_id, RESTORED + str(uuid4()))
    assert append_one(log, "claim_1", 2).position == 2
    assert append_one(log, "claim_1", 3).position == 3


def test_a_restored_log_is_compared_with_the_archive_before_it_is_taken_up(client: "Redis", keys: LogKeys) -> None:
    archive = MemoryArchive()
    log = RedisEventLog(client, ArchiveGuard(archive), keys=keys)
    archive.append(append_one(log, "claim_1", 1).events)
    archive.append(append_one(log, "claim_1", 2).events)
    lose(client, keys)
    append_one(RedisEventLog(client, keys=keys), "claim_1", 1)
    client.set(keys.log_id, RESTORED + str(uuid4()))
    with pytest.raises(LogWentBackError):
        append_one(log, "claim_1", 2)
    for _ in range(2):
        with pytest.raises(LogBehindArchiveError, match="ends at position 1, the archive at 2"):
            append_one(log, "claim_1", 2)


def test_a_log_emptied_while_it_was_being_verified_gets_no_id(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    append_one(log, "claim_1", 1)
    client.delete(keys.log_id)
    incarnation = Incarnation(client, keys)
    incarnation.look()
    lose(client, keys)
    with pytest.raises(LogWentBackError):
        incarnation.make_sure_of_a_name()
    assert client.keys(keys.prefix + "*") == []


def test_a_counter_that_is_no_number_is_told_before_anything_is_compared(client: "Redis", keys: LogKeys) -> None:
    client.set(keys.position, "one")
    with pytest.raises(LogDamagedError, match="not a number"):
        append_one(RedisEventLog(client, keys=keys), "claim_1", 1)


def test_a_lost_log_does_not_say_that_a_claim_never_was_to_a_process_that_is_new(
    client: "Redis", keys: LogKeys
) -> None:
    archive = MemoryArchive()
    log = RedisEventLog(client, ArchiveGuard(archive), keys=keys)
    assert log.read_claim("claim_1") == []
    archive.append(append_one(log, "claim_1", 1).events)
    lose(client, keys)
    with pytest.raises(LogBehindArchiveError):
        RedisEventLog(client, ArchiveGuard(archive), keys=keys).read_claim("claim_1")
