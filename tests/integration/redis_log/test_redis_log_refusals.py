"""A log that is not as appending leaves it is refused, and not one byte of it changes."""

from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from repositories.errors import StoreUnavailableError
from repositories.ports.event_log import Append, Appended, LogDamagedError, LogTrimmedError, LogWentBackError
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import LogKeys
from tests.contract.event_log_contract import append_one, command, event

Content = dict[bytes, Any]


@pytest.fixture
def client(redis_url: str) -> "Redis":
    return connect(redis_url)


@pytest.fixture
def keys() -> LogKeys:
    return LogKeys(f"{{{uuid4()}}}:")


@pytest.fixture
def log(client: "Redis", keys: LogKeys) -> RedisEventLog:
    return RedisEventLog(client, keys=keys)


def content(client: "Redis", keys: LogKeys) -> Content:
    """Every key of the partition, byte for byte."""
    names: Any = client.keys(keys.prefix.replace("[", "\\[") + "*")
    return {name: client.dump(name) for name in names}


def refuses_without_writing(client: "Redis", keys: LogKeys, log: RedisEventLog, saying: str) -> None:
    before = content(client, keys)
    given = [event("claim_1", 2), event("claim_1", 3, "ReclamationAffectee")]
    with pytest.raises(LogDamagedError, match=saying):
        log.append("claim_1", given, expected_version=1, command=command("key"))
    assert content(client, keys) == before


@pytest.mark.parametrize(
    "name", ["claim:claim_1", "events:all", "events:position", "events:reclamationaffectee", "command:key"]
)
def test_a_key_of_the_wrong_type_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog, name: str) -> None:
    append_one(log, "claim_1", 1)
    client.delete(keys.prefix + name)
    client.sadd(keys.prefix + name, "somebody else's")
    refuses_without_writing(client, keys, log, "is a set")


def test_a_counter_that_is_no_number_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.set(keys.position, "one")
    refuses_without_writing(client, keys, log, "is not a number")


def test_a_counter_ahead_of_the_stream_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.set(keys.position, 7)
    refuses_without_writing(client, keys, log, "ends at 1 where the counter says 7")


def test_a_missing_counter_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.delete(keys.position)
    refuses_without_writing(client, keys, RedisEventLog(client, keys=keys), "ends at 1 where the counter says 0")


def test_a_types_stream_beyond_the_counter_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.xadd(keys.of_type("ReclamationAffectee"), {"event": "{}"}, id="9-0")
    refuses_without_writing(client, keys, log, "ends at 9, beyond the counter")


def test_an_id_that_no_append_gives_is_refused(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.xadd(keys.claim("claim_1"), {"event": "{}"}, id="1-5")
    refuses_without_writing(client, keys, log, "has the last id 1-5")


def test_a_user_without_the_right_to_one_of_the_writes_writes_none(
    client: "Redis", keys: LogKeys, log: RedisEventLog, redis_url: str
) -> None:
    append_one(log, "claim_1", 1)
    user = f"half-{uuid4()}"
    client.acl_setuser(user, enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-set"])
    try:
        restricted = connect(redis_url.replace("redis://", f"redis://{user}:secret@"))
        refuses_without_writing(client, keys, RedisEventLog(restricted, keys=keys), "may not be written by this user")
    finally:
        client.acl_deluser(user)


def test_a_flushed_log_is_refused_by_a_process_that_saw_it(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.delete(*content(client, keys))
    with pytest.raises(LogWentBackError):
        append_one(log, "claim_2", 1)
    with pytest.raises(LogWentBackError):
        log.check()
    [answer] = log.append_many([Append("claim_2", [event("claim_2", 1)], 0)])
    assert isinstance(answer, LogWentBackError)
    assert content(client, keys) == {}


def test_a_log_flushed_before_the_first_append_is_refused_by_a_process_that_was_ready(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    append_one(log, "claim_1", 1)
    ready = RedisEventLog(client, keys=keys)
    ready.check()
    client.delete(*content(client, keys))
    with pytest.raises(LogWentBackError):
        append_one(ready, "claim_2", 1)


def test_a_trimmed_claim_keeps_its_version_and_says_that_its_events_are_elsewhere(
    client: "Redis", keys: LogKeys, log: RedisEventLog
) -> None:
    log.append("claim_1", [event("claim_1", 1), event("claim_1", 2)], expected_version=0)
    client.xtrim(keys.claim("claim_1"), maxlen=0, approximate=False)
    with pytest.raises(LogTrimmedError, match="versions 1 to 2"):
        log.read_claim("claim_1")
    assert log.read_claim("claim_1", after_version=2) == []
    assert append_one(log, "claim_1", 3).version == 3
    with pytest.raises(LogTrimmedError, match="versions 2 to 2"):
        log.read_claim("claim_1", after_version=1)
    assert [found.version for found in log.read_claim("claim_1", after_version=2)] == [3]


def test_a_server_that_forgot_the_script_is_given_it_again(client: "Redis", log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.script_flush()
    assert append_one(log, "claim_1", 2).version == 2
    client.script_flush()
    [answer] = log.append_many([Append("claim_1", [event("claim_1", 3)], 2)])
    assert isinstance(answer, Appended)


def test_positions_keep_all_their_digits(client: "Redis", keys: LogKeys) -> None:
    far = 9_000_000_000_000_001
    client.xadd(keys.all_events, {"event": "{}"}, id=f"{far}-0")
    client.set(keys.position, far)
    log = RedisEventLog(client, keys=keys)
    assert append_one(log, "claim_1", 1, command("key")).position == far + 1
    assert append_one(log, "claim_1", 1, command("key")).position == far + 1
    assert log.last_position() == far + 1
    assert log.read_claim("claim_1")[0].position == far + 1


def test_the_record_of_a_command_expires(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1, command("key"))
    ttl_s: Any = client.ttl(keys.command("key"))
    assert 3590 < ttl_s <= 3600


def test_the_streams_are_named_and_filled_as_documented(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    append_one(log, "claim_0", 1)
    append_one(log, "claim_1", 1)
    [(claim_entry, claim_fields)] = _entries(client, keys.prefix + "claim:claim_1")
    [_, (type_entry, type_fields)] = _entries(client, keys.prefix + "events:reclamationcreee")
    [_, (all_entry, all_fields)] = _entries(client, keys.prefix + "events:all")
    assert (claim_entry, type_entry, all_entry) == (b"1-0", b"2-0", b"2-0")
    assert claim_fields[b"position"] == b"2"
    assert claim_fields[b"event"] == type_fields[b"event"] == all_fields[b"event"]
    assert b'"position"' not in all_fields[b"event"]
    assert client.get(keys.prefix + "events:position") == b"2"


def test_a_password_that_is_wrong_is_told_as_unavailable(redis_url: str) -> None:
    log = RedisEventLog(connect(redis_url.replace("redis://", "redis://nobody:wrong@")))
    with pytest.raises(StoreUnavailableError):
        append_one(log, "claim_1", 1)


def _entries(client: "Redis", key: str) -> Any:
    return client.xrange(key)
