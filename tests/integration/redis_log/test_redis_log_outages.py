"""The log's server dies, hangs, fills up or is misconfigured. Each test has a server of its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from redis import Redis

from repositories.errors import LogMisconfiguredError, StoreUnavailableError
from repositories.ports.event_log import Append
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from tests.contract.event_log_contract import HASH, append_one, command, event
from tests.integration.redis_log.own_valkey import OwnValkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def client(valkey: OwnValkey) -> "Redis":
    return connect(valkey.url, timeout_s=0.5)


@pytest.fixture
def log(client: "Redis") -> RedisEventLog:
    return RedisEventLog(client)


def test_kill_9_loses_no_acknowledged_event(valkey: OwnValkey) -> None:
    acknowledged = 0
    for _ in range(3):
        writer = Writer(valkey.url, after_version=acknowledged)
        writer.start()
        time.sleep(0.3)
        valkey.kill()
        acknowledged = writer.finish()
        valkey.start()
        log = RedisEventLog(connect(valkey.url))
        found = [stored.version for stored in log.read_claim("claim_1")]
        assert found == list(range(1, len(found) + 1))
        # The one that was under way may be there too: its writer was told "unknown".
        assert acknowledged <= len(found) <= acknowledged + 1
        assert log.last_position() == len(found)
        acknowledged = len(found)
    assert acknowledged > 3


class Writer:
    """Appends to one claim in a thread, until the log is away."""

    def __init__(self, url: str, after_version: int) -> None:
        self._log = RedisEventLog(connect(url))
        self._acknowledged = after_version
        self._thread = Thread(target=self._write)
        self._failed = Event()

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> int:
        """The last version that was acknowledged, once the server is gone."""
        self._thread.join(10)
        assert self._failed.is_set(), "the writer should have met an error when the server was killed"
        return self._acknowledged

    def _write(self) -> None:
        try:
            while True:
                self._acknowledged = append_one(self._log, "claim_1", self._acknowledged + 1).version
        except StoreUnavailableError:
            self._failed.set()


def test_a_stopped_server_is_told_at_once_and_found_again_by_itself(valkey: OwnValkey, log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    valkey.kill()
    started = time.monotonic()
    for attempt in (
        lambda: append_one(log, "claim_1", 2),
        lambda: log.append_many([Append("claim_1", [event("claim_1", 2)], 1)]),
        lambda: log.outcome_of("key", HASH),
        lambda: log.read_claim("claim_1"),
        log.last_position,
        log.first_position,
        lambda: log.event_at(1),
        log.check,
    ):
        with pytest.raises(StoreUnavailableError):
            attempt()
    assert time.monotonic() - started < 1.0
    valkey.start()
    assert append_one(log, "claim_1", 2).position == 2


def test_an_append_without_answer_is_told_as_unknown_and_its_repeat_gets_the_answer(
    valkey: OwnValkey, log: RedisEventLog
) -> None:
    append_one(log, "claim_1", 1)
    started = time.monotonic()
    with valkey.frozen(), pytest.raises(StoreUnavailableError, match="repeat it with the same Idempotency-Key"):
        append_one(log, "claim_1", 2, command("key"))
    assert time.monotonic() - started < 1.5, "the driver must not send it again by itself"
    repeat = append_one(log, "claim_1", 2, command("key"))
    # The server had the command before it was frozen no longer, so it was done once and only once.
    assert (repeat.replayed, repeat.version) == (True, 2)
    assert log.last_position() == 2


def test_a_full_server_refuses_and_writes_nothing(client: "Redis", log: RedisEventLog) -> None:
    append_one(log, "claim_1", 1)
    client.config_set("maxmemory", "1")
    with pytest.raises(StoreUnavailableError, match="memory limit"):
        append_one(log, "claim_1", 2, command("key"))
    [answer] = log.append_many([Append("claim_1", [event("claim_1", 2)], 1, command("key"))])
    assert isinstance(answer, StoreUnavailableError)
    client.config_set("maxmemory", "0")
    assert log.last_position() == 1
    assert log.outcome_of("key", HASH) is None
    assert [len(_stream(client, key)) for key in ("claim:claim_1", "events:all", "events:reclamationcreee")] == [1] * 3
    assert append_one(log, "claim_1", 2, command("key")).position == 2


@pytest.mark.parametrize(
    ("setting", "wrong", "needed"),
    [
        ("appendonly", "no", "yes"),
        ("appendfsync", "everysec", "always"),
        ("no-appendfsync-on-rewrite", "yes", "no"),
        ("maxmemory-policy", "allkeys-lru", "noeviction"),
    ],
)
def test_a_server_that_would_lose_events_is_refused_by_name(
    client: "Redis", log: RedisEventLog, setting: str, wrong: str, needed: str
) -> None:
    client.config_set(setting, wrong)
    for attempt in (log.check, lambda: append_one(log, "claim_1", 1)):
        with pytest.raises(LogMisconfiguredError, match=f"{setting} {wrong}.* {setting} {needed}"):
            attempt()
    client.config_set(setting, needed)
    assert append_one(log, "claim_1", 1).position == 1


def test_without_the_replicas_asked_for_nothing_is_acknowledged(
    client: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repositories.redis_log.replicas.WAIT_MS_MAX", 50)
    log = RedisEventLog(client, replicas_required=1)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="0 of 1 replicas"):
            append_one(log, "claim_1", 1, command("key"))
    with pytest.raises(StoreUnavailableError, match="0 of 1 replicas"):
        log.outcome_of("key", HASH)


@pytest.fixture
def replica(valkey: OwnValkey, tmp_path: Path) -> Iterator[OwnValkey]:
    (tmp_path / "replica").mkdir()
    options = ("--replicaof", "127.0.0.1", str(valkey.port), "--repl-diskless-sync-delay", "0")
    server = OwnValkey(tmp_path / "replica", *options)
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_an_acknowledged_event_is_on_the_replica_asked_for(valkey: OwnValkey, replica: OwnValkey) -> None:
    log = RedisEventLog(connect(valkey.url), replicas_required=1)
    _until_acknowledged(log)
    on_replica = connect(replica.url)
    for version in (2, 3):
        append_one(log, "claim_1", version, command(f"key {version}"))
        assert len(_stream(on_replica, "claim:claim_1")) == version
    assert append_one(log, "claim_1", 3, command("key 3")).replayed
    assert log.outcome_of("key 3", HASH) is not None


def test_a_repeat_over_another_connection_is_not_answered_before_the_replica_has_the_first(
    valkey: OwnValkey, replica: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    _until_acknowledged(RedisEventLog(connect(valkey.url), replicas_required=1))

    def send() -> bool:
        log = RedisEventLog(connect(valkey.url), replicas_required=1)
        return append_one(log, "claim_1", 2, command("key 2")).replayed

    with replica.frozen(), monkeypatch.context() as patched:
        patched.setattr("repositories.redis_log.replicas.WAIT_MS_MAX", 200)
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="0 of 1 replicas"):
                send()
        with pytest.raises(StoreUnavailableError, match="0 of 1 replicas"):
            RedisEventLog(connect(valkey.url), replicas_required=1).outcome_of("key 2", HASH)
    assert send()
    assert len(_stream(connect(replica.url), "claim:claim_1")) == 2


def _until_acknowledged(log: RedisEventLog) -> None:
    """The replica's first copy takes a moment; until then, asking again is the right answer to "unknown"."""
    deadline = time.monotonic() + 20
    while True:
        try:
            append_one(log, "claim_1", 1, command("key 1"))
        except StoreUnavailableError:
            assert time.monotonic() < deadline
        else:
            return


def _stream(client: "Redis", key: str) -> Any:
    return client.xrange(key)
