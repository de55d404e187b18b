"""The claims service as it is deployed: its HTTP functions on Valkey, with the archive's checkpoints on MongoDB."""

import hashlib
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from redis import Redis

from envelope import Envelope, to_json
from functions.claims import bootstrap
from local.servers import embedded_server
from repositories.mongo.archive import MongoArchive
from tests.integration.claims.racing_writer import assign_many, create_under_one_key
from tests.integration.redis_log.own_valkey import OwnValkey
from tests.unit.claims.claims_api import AGENT, NEW_CLAIM, ClaimsApi

NOBODY = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"
PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def archive_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own: the service's database has a fixed name."""
    with embedded_server("mongo", tmp_path_factory.mktemp("archive")) as url:
        yield url


@pytest.fixture
def archive(archive_url: str) -> Iterator["MongoClient[dict[str, Any]]"]:
    client: MongoClient[dict[str, Any]] = MongoClient(archive_url, tz_aware=True)
    client.drop_database("event_store")
    yield client
    client.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


class Deployment:
    """The function's environment, and starting its process anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, redis_url: str, mongo_url: str) -> None:
        self._monkeypatch = monkeypatch
        self._monkeypatch.setenv("REDIS_URL", redis_url)
        self.start(mongo_url)

    def start(self, mongo_url: str) -> ClaimsApi:
        """A cold start: nothing is known of before."""
        self._monkeypatch.setenv("MONGO_URL", mongo_url)
        self.forget()
        return ClaimsApi()

    @staticmethod
    def forget() -> None:
        for built in (bootstrap.settings, bootstrap.event_log, bootstrap.service):
            built.cache_clear()


@pytest.fixture
def deployment(
    monkeypatch: pytest.MonkeyPatch, valkey: OwnValkey, archive: "MongoClient[dict[str, Any]]", archive_url: str
) -> Iterator[Deployment]:
    yield Deployment(monkeypatch, valkey.url, archive_url)
    Deployment.forget()


@pytest.fixture
def redis(valkey: OwnValkey) -> "Redis":
    return Redis.from_url(valkey.url, protocol=2)


@pytest.fixture
def api(deployment: Deployment) -> ClaimsApi:
    return ClaimsApi()


def archive_all(archive: "MongoClient[dict[str, Any]]", claim_id: str, api: ClaimsApi) -> None:
    """What the archive's subscriber does with the claim's events."""
    events = [Envelope.model_validate(event) for event in api.get(f"/claims/{claim_id}/events").body["events"]]
    assert MongoArchive(archive).append(events) == {}
    checkpoint = archive["event_store"]["checkpoints"].find_one({"_id": "archive"})
    assert checkpoint is not None
    assert checkpoint["position"] == events[-1].position
    assert checkpoint["event_hash"] == hashlib.sha256(to_json(events[-1])).hexdigest()


def test_a_claims_life_leaves_its_events_in_the_streams_of_the_requirement(api: ClaimsApi, redis: "Redis") -> None:
    claim_id = api.claim("closed")
    claims_stream: Any = redis.xrange(f"claim:{claim_id}")
    assert [entry for entry, _ in claims_stream] == [b"1-0", b"2-0", b"3-0", b"4-0", b"5-0"]
    assert redis.xlen("events:all") == 5
    for event_type in ("creee", "affectee", "encours", "resolue", "cloturee"):
        assert redis.xlen(f"events:reclamation{event_type}") == 1
    replayed = api.get(f"/claims/{claim_id}/replay").body
    assert replayed["claim"]["status"] == "closed"
    assert api.get("/health/ready").status == 200


def test_a_repeat_to_a_new_process_gets_the_first_answer(deployment: Deployment, archive_url: str) -> None:
    first = deployment.start(archive_url).post("/claims", NEW_CLAIM, Idempotency_Key="k")
    again = deployment.start(archive_url).post("/claims", NEW_CLAIM, Idempotency_Key="k")
    assert (again.status, again.body) == (201, first.body)


def test_a_batch_is_answered_item_by_item(api: ClaimsApi, redis: "Redis") -> None:
    answer = api.post("/claims/batch", [NEW_CLAIM] * 200 + [{}], Idempotency_Key="k")
    assert (answer.status, answer.body["created"], answer.body["failed"]) == (207, 200, 1)
    assert api.post("/claims/batch", [NEW_CLAIM] * 200 + [{}], Idempotency_Key="k").body == answer.body
    assert redis.xlen("events:all") == 200


def test_a_log_that_was_flushed_is_refused_at_the_first_append_after_a_start(
    deployment: Deployment, redis: "Redis", archive: "MongoClient[dict[str, Any]]", archive_url: str
) -> None:
    api = deployment.start(archive_url)
    archive_all(archive, api.claim(), api)
    kept: Any = {key: redis.dump(key) for key in list(redis.scan_iter())}
    redis.flushall()
    api = deployment.start(archive_url)
    for _ in range(2):
        answer = api.post("/claims", NEW_CLAIM)
        assert (answer.status, "restored from the archive" in answer.body["detail"]) == (503, True)
        assert "retry-after" in answer.headers
    assert api.get("/health/ready").status == 503
    assert redis.dbsize() == 0
    for key, value in kept.items():
        redis.restore(key, 0, value)
    assert api.post("/claims", NEW_CLAIM).body["position"] == 2


def test_a_log_with_another_history_is_refused(
    deployment: Deployment, redis: "Redis", archive: "MongoClient[dict[str, Any]]", archive_url: str
) -> None:
    api = deployment.start(archive_url)
    archive_all(archive, api.claim(), api)
    redis.flushall()
    redis.xadd("events:all", {"event": to_json(_another_event())}, id="1-0")
    redis.set("events:position", 1)
    answer = deployment.start(archive_url).post("/claims", NEW_CLAIM)
    assert (answer.status, "different events at position 1" in answer.body["detail"]) == (503, True)


def test_a_fork_in_the_archive_stops_commands(
    deployment: Deployment, archive: "MongoClient[dict[str, Any]]", archive_url: str
) -> None:
    archive["event_store"]["checkpoints"].insert_one({"_id": "fork", "detail": "two events at position 7"})
    answer = deployment.start(archive_url).post("/claims", NEW_CLAIM)
    assert (answer.status, "two events at position 7" in answer.body["detail"]) == (503, True)


def test_an_archive_that_is_away_stops_an_empty_log_and_no_other(deployment: Deployment, archive_url: str) -> None:
    answer = deployment.start(NOBODY).post("/claims", NEW_CLAIM)
    assert (answer.status, "the log is empty" in answer.body["detail"]) == (503, True)
    assert deployment.start(archive_url).post("/claims", NEW_CLAIM).status == 201
    api = deployment.start(NOBODY)
    assert api.post("/claims", NEW_CLAIM).status == 201
    assert api.get("/health/ready").status == 200


def test_a_claim_trimmed_from_the_log_goes_on_from_the_archive(
    api: ClaimsApi, redis: "Redis", archive: "MongoClient[dict[str, Any]]"
) -> None:
    claim_id = api.claim("assigned")
    archive_all(archive, claim_id, api)
    redis.xtrim(f"claim:{claim_id}", maxlen=0, approximate=False)
    Deployment.forget()
    assert api.post(f"/claims/{claim_id}/start").body["version"] == 3
    assert api.get(f"/claims/{claim_id}/events").body["count"] == 3


def test_a_stopped_log_is_answered_503_at_once_and_found_again(api: ClaimsApi, valkey: OwnValkey) -> None:
    claim_id = api.claim()
    valkey.kill()
    started = time.monotonic()
    for answer in (
        api.post("/claims", NEW_CLAIM, Idempotency_Key="k"),
        api.post("/claims/batch", [NEW_CLAIM]),
        api.post(f"/claims/{claim_id}/assign", AGENT),
        api.get(f"/claims/{claim_id}"),
        api.get("/health/ready"),
    ):
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert time.monotonic() - started < 1.0
    assert api.get("/health").status == 200
    valkey.start()
    assert api.post("/claims", NEW_CLAIM, Idempotency_Key="k").status == 201
    assert api.post(f"/claims/{claim_id}/assign", AGENT).body["version"] == 2


def test_processes_that_race_for_one_claim_leave_one_history(api: ClaimsApi, valkey: OwnValkey) -> None:
    claim_id = api.claim()
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        races = [pool.submit(assign_many, valkey.url, claim_id, writer, 40) for writer in range(2)]
        outcomes = [race.result(60) for race in races]
    won = sorted(version for versions, _ in outcomes for version in versions)
    events = api.get(f"/claims/{claim_id}/events").body["events"]
    assert won == list(range(2, len(events) + 1))
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert len(won) + sum(given_up for _, given_up in outcomes) == 80


def test_one_key_sent_by_processes_at_once_opens_one_claim(api: ClaimsApi, valkey: OwnValkey, redis: "Redis") -> None:
    api.claim()
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        answers = [pool.submit(create_under_one_key, valkey.url, 20) for _ in range(2)]
        claim_ids = set.union(*(answer.result(60) for answer in answers))
    assert len(claim_ids) == 1
    assert redis.xlen("events:all") == 2


def _another_event() -> Envelope:
    return Envelope.model_validate(
        {
            "event_id": "another",
            "event_type": "ReclamationCreee",
            "aggregate_id": "claim_another",
            "data": NEW_CLAIM,
            "timestamp": "2025-07-08T14:30:00.000Z",
            "correlation_id": "c",
            "version": 1,
        }
    )
