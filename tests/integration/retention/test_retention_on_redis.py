"""Trimming and cooling on Valkey: one step each, behind every reader, whatever happens in between."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from envelope import Envelope, context_id_of
from repositories.errors import VersionConflictError
from repositories.ports.event_log import LogTrimmedError
from repositories.ports.log_retention import Cooled, GroupProgress
from repositories.redis_log import retention as module
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import SINGLE_PARTITION, LogKeys
from repositories.redis_log.memory_pressure import RedisMemory
from repositories.redis_log.retention import RedisLogRetention
from streams.errors import EntriesLostError
from streams.group.consumer_group import ConsumerGroup
from streams.group.lag import measure_lag
from streams.mapping import EventSourceMapping
from tests.contract.event_log_contract import append_one, event
from tests.integration.redis_log.own_valkey import OwnValkey
from tests.integration.retention.readers import Reader

REQUIRED = ("archiver", "mailer")
LIFE = ("ReclamationCreee", "ReclamationAffectee", "ReclamationEnCours", "ReclamationResolue", "ReclamationCloturee")


@pytest.fixture
def client(redis_url: str) -> "Redis":
    return connect(redis_url)


@pytest.fixture
def keys() -> LogKeys:
    return LogKeys(f"{{{uuid4()}}}:")


@pytest.fixture
def log(client: "Redis", keys: LogKeys) -> RedisEventLog:
    return RedisEventLog(connect_like(client), keys=keys)


@pytest.fixture
def retention(client: "Redis", keys: LogKeys) -> RedisLogRetention:
    return RedisLogRetention(client, keys)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


def connect_like(client: "Redis") -> "Redis":
    """Another connection to the same server."""
    at = client.connection_pool.connection_kwargs
    return connect(f"redis://{at['host']}:{at['port']}/0")


def live(log: RedisEventLog, *claim_ids: str, steps: int = 5) -> None:
    """Each claim's life, five events."""
    for claim_id in claim_ids:
        events = [event(claim_id, version, kind) for version, kind in enumerate(LIFE[:steps], start=1)]
        log.append(claim_id, events, expected_version=0)


def readers(client: "Redis", keys: LogKeys, *groups: str) -> list[Reader]:
    made = [Reader(client, keys, group) for group in groups or REQUIRED]
    for reader in made:
        reader.catch_up()
    return made


def positions(client: Any, stream: str) -> list[int]:
    return [int(entry_id.split(b"-")[0]) for entry_id, _ in client.xrange(stream)]


def test_the_state_tells_what_there_is_and_how_far_each_group_is(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    assert (retention.state().first_position, retention.state().last_position) == (None, 0)
    live(log, "claim_1", "claim_2")
    _, behind = readers(client, keys, "ahead", "behind")
    live(log, "claim_3")
    behind.acknowledge(behind.read(3)[2:])
    Reader(client, keys, "new")
    behind.record("4-18446744073709551615")
    state = retention.state()
    assert (state.first_position, state.last_position) == (1, 15)
    assert state.groups == {
        "ahead": GroupProgress(10, 10),
        "behind": GroupProgress(10, 4),
        "new": GroupProgress(0, None),
    }


def test_every_stream_is_trimmed_exactly_and_groups_go_on(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, *(f"claim_{number}" for number in range(1, 31)))
    archiver, mailer = readers(client, keys)
    retention.cool(retention.closings(100))
    live(log, "claim_31")
    pending = mailer.read(2)
    trimmed = retention.trim(147, REQUIRED)
    assert trimmed.held_by is None
    assert trimmed.entries == {keys.all_events: 146, **{keys.of_type(name): 29 for name in LIFE[1:]}} | {
        keys.of_type(LIFE[0]): 30
    }
    assert positions(client, keys.all_events) == list(range(147, 156))
    assert positions(client, keys.of_type(LIFE[4])) == [150, 155]
    for reader, entries, oldest in ((archiver, 5, 151), (mailer, 5, 151)):
        lag = measure_lag(client, keys.all_events, reader.group)
        assert (lag.entries, lag.oldest and lag.oldest.order[0]) == (entries, oldest)
        assert nothing_is_missed(client, reader)
    mailer.acknowledge(pending)
    for reader in (archiver, mailer):
        reader.catch_up()
        assert reader.seen == list(range(1, 156))
        assert measure_lag(client, keys.all_events, reader.group).entries == 0


def nothing_is_missed(client: "Redis", reader: Reader) -> bool:
    """What a poller asks before it reads on; it raises where the group lost entries."""
    ConsumerGroup(client, EventSourceMapping("F", reader.stream, reader.group)).check_nothing_lost()
    return True


def test_a_poller_notices_what_was_trimmed_by_a_mistake(client: "Redis", keys: LogKeys, log: RedisEventLog) -> None:
    live(log, "claim_1", "claim_2")
    reader = Reader(client, keys, "mailer")
    reader.catch_up(3)
    client.xtrim(keys.all_events, minid="6-0", approximate=False)
    with pytest.raises(EntriesLostError):
        nothing_is_missed(client, reader)


def test_what_a_poller_records_is_the_checkpoint_that_bounds(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2")
    groups = [ConsumerGroup(client, EventSourceMapping("F", keys.all_events, name)) for name in REQUIRED]
    for group in groups:
        group.ensure()
    assert {state.checkpoint for state in retention.state().groups.values()} == {0}
    for reader, group in zip(readers(client, keys), groups, strict=True):
        reader.acknowledge(reader.read(10))
        group.save_checkpoint()
    assert {state.checkpoint for state in retention.state().groups.values()} == {10}
    assert retention.trim(10, REQUIRED).held_by is None


def test_small_steps_come_to_the_same(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_EVENTS_MAX", 3)
    live(log, *(f"claim_{number}" for number in range(1, 5)))
    readers(client, keys)
    assert retention.trim(18, REQUIRED).entries[keys.all_events] == 17
    assert positions(client, keys.all_events) == [18, 19, 20]
    assert retention.trim(18, REQUIRED).entries[keys.all_events] == 0


@pytest.mark.parametrize(
    ("change", "held_by"),
    [
        ("destroy", "missing group mailer"),
        ("reset", "group mailer"),
        ("take an early one", "group mailer"),
        ("forget its checkpoint", "missing checkpoint of mailer"),
        ("set its checkpoint back", "checkpoint of mailer"),
        ("checkpoint of another stream", "missing checkpoint of mailer"),
        ("a new group", "group late"),
        ("drop the stream", "is not there"),
    ],
)
def test_what_changes_between_the_decision_and_the_removal_is_seen(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention, change: str, held_by: str
) -> None:
    live(log, "claim_1", "claim_2")
    _, mailer = readers(client, keys)
    assert all(group.done_to == 10 for group in retention.state().groups.values())
    match change:
        case "destroy":
            mailer.destroy()
        case "reset":
            client.xgroup_setid(keys.all_events, "mailer", "4-0")
        case "take an early one":
            client.xgroup_setid(keys.all_events, "mailer", "2-0")
            mailer.read(1)
            client.xgroup_setid(keys.all_events, "mailer", "10-0")
        case "forget its checkpoint":
            client.delete(mailer.checkpoint)
        case "set its checkpoint back":
            mailer.record("4-0")
        case "checkpoint of another stream":
            client.hset(mailer.checkpoint, "stream", "another")
        case "a new group":
            Reader(client, keys, "late")
        case "drop the stream":
            client.delete(keys.all_events)
    kept = positions(client, keys.all_events)
    trimmed = retention.trim(10, REQUIRED)
    assert held_by in (trimmed.held_by or "")
    assert trimmed.entries == {}
    assert positions(client, keys.all_events) == kept
    assert len(positions(client, keys.of_type(LIFE[0]))) == 2


def test_a_group_that_came_after_the_groups_were_listed_is_seen_in_the_script(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(log, "claim_1", "claim_2")
    readers(client, keys)
    monkeypatch.setattr(module, "group_names", lambda *_: list(REQUIRED))
    Reader(client, keys, "late").catch_up()
    assert retention.trim(10, REQUIRED).held_by == "new group late"


def test_a_group_on_a_types_stream_holds_back_that_stream_alone(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2", "claim_3")
    readers(client, keys)
    Reader(client, keys, "reports", keys.of_type(LIFE[0])).catch_up(1)
    retention.trim(15, REQUIRED)
    assert positions(client, keys.of_type(LIFE[0])) == [1, 6, 11]
    assert positions(client, keys.of_type(LIFE[1])) == []
    assert positions(client, keys.all_events) == [15]


def test_closings_wait_in_the_log_until_their_claims_are_cooled(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2", "claim_3")
    readers(client, keys)
    retention.trim(15, REQUIRED)
    assert [closing.aggregate_id for closing in retention.closings(2)] == ["claim_1", "claim_2"]
    assert retention.cool(retention.closings(2)) == Cooled(2, 10)
    retention.trim(15, REQUIRED)
    assert positions(client, keys.of_type(LIFE[4])) == [15]
    assert [closing.position for closing in retention.closings(9)] == [15]


def test_a_cooled_claim_keeps_its_version_and_can_be_cooled_again_without_effect(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1")
    closings = retention.closings(9)
    assert retention.events_of("claim_1") == log.read_claim("claim_1")
    assert [retention.cool(closings) for _ in range(2)] == [Cooled(1, 5), Cooled(0, 0)]
    assert retention.closings(9) == []
    assert client.exists(keys.claim("claim_1")) == 1
    with pytest.raises(LogTrimmedError):
        log.read_claim("claim_1")
    assert append_one(log, "claim_1", 6).version == 6
    assert [found.version for found in log.read_claim("claim_1", after_version=5)] == [6]


def test_a_claim_that_went_on_or_is_read_by_a_group_or_is_gone_keeps_what_it_has(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2", "claim_3", "claim_4")
    closings = retention.closings(9)
    append_one(log, "claim_1", 6)
    Reader(client, keys, "somebody", keys.claim("claim_2"))
    client.delete(keys.claim("claim_3"))
    assert retention.cool(closings) == Cooled(1, 5)
    assert len(log.read_claim("claim_1")) == 6
    assert len(log.read_claim("claim_2")) == 5
    assert client.exists(keys.claim("claim_3")) == 0


def test_a_cooled_context_is_not_counted_as_a_claim_and_is_never_appended_again(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2")
    contexts = [enrich(log, claim_id) for claim_id in ("claim_1", "claim_2")]
    Reader(client, keys, "somebody", keys.claim("context_claim_2"))
    assert list(retention.events_of("context_claim_1")) == contexts[:1]
    assert retention.cool(retention.closings(9), contexts) == Cooled(2, 11)
    assert [len(retention.events_of(each.aggregate_id)) for each in contexts] == [0, 1]
    assert client.exists(keys.claim("context_claim_1")) == 1
    with pytest.raises(VersionConflictError):
        enrich(log, "claim_1")


def enrich(log: RedisEventLog, claim_id: str) -> Envelope:
    """The claim's context, appended as the integration service does."""
    context_id = context_id_of(claim_id)
    appended = log.append(context_id, [event(context_id, 1, "ReclamationEnrichie")], expected_version=0)
    return appended.events[0]


def test_of_two_sweeps_at_once_the_slower_one_sets_nothing_back(
    keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    live(log, "claim_1", "claim_2")
    slow = retention.closings(1)
    retention.cool(retention.closings(2))
    assert retention.cool(slow) == Cooled(0, 0)
    assert retention.closings(9) == []


def test_a_cooled_claim_and_a_trimmed_log_survive_a_rewritten_file_and_a_kill(valkey: OwnValkey) -> None:
    client = connect(valkey.url)
    live(RedisEventLog(connect(valkey.url)), "claim_1", "claim_2")
    readers(client, SINGLE_PARTITION)
    retention = RedisLogRetention(client)
    retention.cool(retention.closings(9))
    retention.trim(10, REQUIRED)
    before: Any = client.xinfo_stream("events:all")
    client.bgrewriteaof()
    while client.info("persistence")["aof_rewrite_in_progress"]:
        pass
    valkey.kill()
    valkey.start()
    after: Any = connect(valkey.url).xinfo_stream("events:all")
    assert {name: after[name] for name in ("entries-added", "length", "last-generated-id")} == {
        name: before[name] for name in ("entries-added", "length", "last-generated-id")
    }
    log = RedisEventLog(connect(valkey.url))
    assert append_one(log, "claim_1", 6).position == 11
    with pytest.raises(LogTrimmedError):
        log.read_claim("claim_2")


def test_a_server_that_is_full_still_gives_memory_back(valkey: OwnValkey) -> None:
    client = connect(valkey.url)
    live(RedisEventLog(connect(valkey.url)), "claim_1", "claim_2")
    readers(client, SINGLE_PARTITION)
    client.config_set("maxmemory", 1)
    retention = RedisLogRetention(client)
    assert retention.memory().is_above(100)
    assert retention.cool(retention.closings(9)) == Cooled(2, 10)
    assert retention.closings(9) == []
    assert retention.trim(10, REQUIRED).entries["events:all"] == 9


def test_memory_is_told_with_its_limit(client: "Redis", valkey: OwnValkey) -> None:
    use = RedisMemory(client).read()
    assert use.limit_bytes == 1024**3
    assert 0.0 < (use.ratio or 0) < 0.5
    own = connect(valkey.url)
    own.config_set("maxmemory", 0)
    assert RedisMemory(own).read().limit_bytes is None


class Steps:
    """Lets so many script calls through; the process dies at the next."""

    def __init__(self, retention: RedisLogRetention, count: int) -> None:
        self._left = count
        for name in ("_trim", "_cool"):
            setattr(retention, name, self._counted(getattr(retention, name)))

    def _counted(self, script: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            if self._left == 0:
                raise KilledError
            self._left -= 1
            return script(*given, **named)

        return call


class KilledError(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("died_after", range(19))
def test_whenever_a_sweep_dies_the_next_one_ends_it(
    client: "Redis", keys: LogKeys, log: RedisEventLog, died_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_EVENTS_MAX", 4)
    live(log, "claim_1", "claim_2")
    archiver, _ = readers(client, keys)
    dying, next_one = RedisLogRetention(client, keys), RedisLogRetention(client, keys)
    Steps(dying, died_after)
    with pytest.raises(KilledError):
        sweep(dying, 10)
    live(log, "claim_3")
    assert measure_lag(client, keys.all_events, "archiver").entries == 5
    assert nothing_is_missed(client, archiver)
    for reader in readers(client, keys):
        assert reader.seen == [11, 12, 13, 14, 15]
    for _ in range(3):
        sweep(next_one, 15)
    assert [len(positions(client, keys.claim(f"claim_{number}"))) for number in (1, 2, 3)] == [0, 0, 0]
    assert positions(client, keys.all_events) == [15]
    assert [positions(client, keys.of_type(name)) for name in LIFE] == [[], [], [], [], [15]]


def sweep(retention: RedisLogRetention, keep_from: int) -> None:
    """One closed claim, then everything before a position."""
    retention.cool(retention.closings(1))
    retention.trim(keep_from, REQUIRED)


def test_trimming_beside_writers_readers_and_lost_groups_loses_nothing(
    client: "Redis", keys: LogKeys, log: RedisEventLog, retention: RedisLogRetention
) -> None:
    """One group lags, one is destroyed again and again and made anew at its checkpoint: both see every position."""
    claims, stop = 120, threading.Event()
    chance = random.Random(7)
    lagging = Reader(connect_like(client), keys, "archiver")
    lost = Reader(connect_like(client), keys, "mailer")

    def write() -> None:
        for number in range(claims):
            live(log, f"claim_{number}")

    def lag() -> None:
        while len(set(lagging.seen)) < claims * 5 and not stop.is_set():
            lagging.catch_up(chance.randint(1, 20))

    def lose() -> None:
        while len(set(lost.seen)) < claims * 5 and not stop.is_set():
            lost.catch_up(chance.randint(1, 40))
            lost.destroy()
            lost.remake()

    def trim() -> int:
        removed = 0
        while not stop.is_set():
            # Bolder than any sweep: the group that is furthest decides, and the script must know better.
            bound = max([0, *(group.done_to for group in retention.state().groups.values())])
            removed += retention.trim(bound, REQUIRED).entries.get(keys.all_events, 0)
        return removed

    with ThreadPoolExecutor(4) as threads:
        trimmer = threads.submit(trim)
        work = [threads.submit(write), threads.submit(lag), threads.submit(lose)]
        _, unfinished = wait(work, timeout=20)
        stop.set()
        assert [each.exception() for each in work] == [None] * 3
    assert not unfinished
    assert set(lagging.seen) == set(lost.seen) == set(range(1, claims * 5 + 1))
    assert lagging.seen == sorted(lagging.seen)
    assert trimmer.result() > 0, "both were at one place at times"
    retention.trim(claims * 5, REQUIRED)
    assert positions(client, keys.all_events) == [claims * 5]
