"""Retention and the claims service as they are deployed, on Valkey and the archive's server."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from envelope import CONTEXT_VERSION, context_id_of, from_json, utc_now
from functions.claims import bootstrap as claims
from functions.retention import bootstrap
from functions.retention.events import handler
from local.servers import embedded_server
from repositories.errors import StoreUnavailableError
from repositories.mongo.archive import MongoArchive
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from repositories.redis_log.keys import SINGLE_PARTITION
from tests.contract.event_log_contract import event
from tests.integration.redis_log.own_valkey import OwnValkey
from tests.integration.retention.readers import Reader
from tests.unit.claims.claims_api import AGENT, NEW_CLAIM, Answer, ClaimsApi

GROUPS = ("audit-service", "event-store-service")
NOBODY = "mongodb://127.0.0.1:1/retention"  # a URL of our own: clients are kept by it
SCHEDULED = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


@pytest.fixture(scope="module")
def archive_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own: the archive's database has a fixed name."""
    with embedded_server("mongo", tmp_path_factory.mktemp("archive")) as url:
        yield url


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


class Deployment:
    """Both functions' environment, their processes, and subscribers that do their work when told to."""

    def __init__(self, patch: pytest.MonkeyPatch, valkey: OwnValkey, archive_url: str) -> None:
        self._patch = patch
        self._archive: MongoClient[dict[str, Any]] = MongoClient(archive_url, tz_aware=True)
        self._archive.drop_database("event_store")
        self.log_url = valkey.url
        self.redis: Any = connect(valkey.url)
        self.readers: list[Reader] = []
        patch.setattr("repositories.mongo.client.SERVER_SELECTION_MS_MAX", 100)
        patch.setenv("REDIS_URL", valkey.url)
        patch.setenv("REQUIRED_GROUPS", ",".join(GROUPS))
        patch.setenv("RETENTION_EVENTS_MIN", "0")
        self.start(archive_url)

    def start(self, archive_url: str) -> ClaimsApi:
        """Cold starts: nothing is known of before."""
        self._patch.setenv("MONGO_URL", archive_url)
        self.forget()
        return ClaimsApi()

    def forget(self) -> None:
        for built in (claims.settings, claims.event_log, claims.service, bootstrap.retention):
            built.cache_clear()

    def subscribe(self) -> None:
        """Every group reads everything, and the archive has it."""
        entries = self.redis.xrange("events:all")
        events = [from_json(fields[b"event"], int(entry_id.split(b"-")[0])) for entry_id, fields in entries]
        assert MongoArchive(self._archive).append(events) == {}
        self.readers = self.readers or [Reader(self.redis, SINGLE_PARTITION, group) for group in GROUPS]
        for reader in self.readers:
            reader.catch_up()

    def sweep(self, after: timedelta = timedelta()) -> dict[str, Any]:
        """One scheduled invocation, so much later."""
        self._patch.setattr(bootstrap, "utc_now", lambda: utc_now() + after)
        bootstrap.retention.cache_clear()
        return handler(SCHEDULED, None)

    def close(self) -> None:
        self.forget()
        self._archive.close()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch, valkey: OwnValkey, archive_url: str) -> Iterator[Deployment]:
    made = Deployment(monkeypatch, valkey, archive_url)
    yield made
    made.close()


def asked_of(api: ClaimsApi, claim_id: str) -> list[Answer]:
    """Everything that a client may ask of a closed claim."""
    path = f"/claims/{claim_id}"
    return [
        api.get(path),
        api.get(f"{path}/events"),
        api.get(f"{path}/replay"),
        api.post(path, AGENT),
        api.post(f"{path}/assign", AGENT),
        api.post(f"{path}/start"),
        api.post(f"{path}/resolve", {"resolution": "encore"}),
        api.post(f"{path}/close"),
        api.post(f"{path}/close", {"reason": "fini"}, Idempotency_Key="k"),
        api.post(f"{path}/close", {"reason": "autre"}, Idempotency_Key="k"),
        api.post(f"{path}/assign", AGENT, If_Match='"4"'),
        api.post(f"{path}/assign", AGENT, If_Match='"5"'),
        api.post(f"{path}/assign", {}),
    ]


def without_ids(answer: Answer) -> tuple[int, Any, str | None]:
    """What does not change from one request to the next."""
    body = dict(answer.body)
    if answer.status not in (200, 201):
        body.pop("correlation_id")
    return answer.status, body, answer.headers.get("etag")


def test_a_cold_claim_answers_exactly_as_a_warm_one(deployment: Deployment, archive_url: str) -> None:
    api = deployment.start(archive_url)
    claim_id = api.claim("resolved")
    open_claim = api.claim("in_progress")
    assert api.post(f"/claims/{claim_id}/close", {"reason": "fini"}, Idempotency_Key="k").status == 200
    warm = [without_ids(answer) for answer in asked_of(deployment.start(archive_url), claim_id)]
    assert [status for status, _, _ in warm] == [200] * 3 + [409] * 5 + [200, 422, 412, 409, 422]
    deployment.subscribe()
    assert deployment.sweep(timedelta(days=6.9))["cooled_claims"] == 0
    swept = deployment.sweep(timedelta(days=7.1))
    assert (swept["cooled_claims"], swept["cooled_entries"], swept["problem"]) == (1, 5, None)
    assert deployment.redis.xlen(f"claim:{claim_id}") == 0
    assert deployment.redis.xlen("events:all") == 1
    assert [without_ids(answer) for answer in asked_of(deployment.start(archive_url), claim_id)] == warm
    assert api.post(f"/claims/{open_claim}/resolve", {"resolution": "remplacé"}).body["version"] == 4
    assert api.post("/claims", NEW_CLAIM).body["position"] == 10


def test_the_context_of_a_closed_claim_leaves_the_log_with_it(deployment: Deployment, archive_url: str) -> None:
    api = deployment.start(archive_url)
    claim_id = api.claim("closed")
    context_id = context_id_of(claim_id)
    enriched = event(context_id, CONTEXT_VERSION, "ReclamationEnrichie")
    RedisEventLog(connect(deployment.log_url)).append(context_id, [enriched], expected_version=0)
    deployment.subscribe()
    swept = deployment.sweep(timedelta(days=8))
    assert (swept["cooled_claims"], swept["cooled_entries"], swept["problem"]) == (1, 6, None)
    assert (deployment.redis.xlen(f"claim:{context_id}"), deployment.redis.exists(f"claim:{context_id}")) == (0, 1)
    assert api.get(f"/claims/{claim_id}").body["version"] == 5


def test_without_the_archive_a_cold_claim_is_answered_503_and_a_warm_one_as_ever(
    deployment: Deployment, archive_url: str
) -> None:
    api = deployment.start(archive_url)
    cold, warm = api.claim("closed"), api.claim("assigned")
    deployment.subscribe()
    deployment.sweep(timedelta(days=8))
    api = deployment.start(NOBODY)
    for path in ("", "/events", "/replay"):
        answer = api.get(f"/claims/{cold}{path}")
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
        assert api.get(f"/claims/{warm}{path}").status == 200
    answer = api.post(f"/claims/{cold}/assign", AGENT)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert api.post(f"/claims/{warm}/start").status == 200
    assert api.get("/claims/claim_never").status == 404


def test_a_log_that_runs_full_refuses_commands_in_time_and_heals_by_the_next_sweep(
    deployment: Deployment, archive_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repositories.redis_log.memory_pressure.ASK_AGAIN_S", 0.0)
    monkeypatch.setenv("RETENTION_EVENTS_MIN", "100000")
    api = deployment.start(archive_url)
    deployment.redis.config_set("maxmemory", deployment.redis.info("memory")["used_memory"] * 4)
    long = {**NEW_CLAIM, "description": "é" * 4_000}
    accepted = 0
    while (answer := api.post("/claims/batch", [long] * 5)).status == 207:
        accepted += answer.body["created"]
        assert accepted < 2_000
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert answer.body["type"] == "urn:recours:problem:log-nearly-full"
    assert deployment.redis.xlen("events:all") == accepted > 50
    assert deployment.sweep()["held_by"] == "archive", "nothing is archived yet: nothing may go"
    assert api.post("/claims", NEW_CLAIM).status == 503
    deployment.subscribe()
    swept = deployment.sweep()
    assert (swept["under_pressure"], swept["problem"], swept["trimmed"]["events:all"]) == (True, None, accepted - 1)
    assert swept["memory_ratio"] < 0.75
    assert api.post("/claims", NEW_CLAIM).body["position"] == accepted + 1


def test_a_server_at_its_very_limit_is_answered_503_too(deployment: Deployment, archive_url: str) -> None:
    api = deployment.start(archive_url)
    claim_id = api.claim()
    deployment.redis.config_set("maxmemory", 1)
    answer = api.post(f"/claims/{claim_id}/assign", AGENT)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    assert api.get(f"/claims/{claim_id}").body["version"] == 1


def test_what_stops_a_sweep_is_answered_and_the_log_keeps_everything(
    deployment: Deployment, archive_url: str, valkey: OwnValkey
) -> None:
    deployment.start(archive_url).claim("closed")
    deployment.subscribe()
    deployment.readers[0].destroy()
    assert "the log has no group audit-service" in deployment.sweep()["problem"]
    deployment.readers[0].remake()
    deployment.start(NOBODY)
    assert "MongoDB does not answer" in deployment.sweep()["problem"]
    assert deployment.redis.xlen("events:all") == 5
    valkey.kill()
    with pytest.raises(StoreUnavailableError):
        deployment.sweep()
    valkey.start()
    deployment.start(archive_url)
    assert deployment.sweep()["trimmed"]["events:all"] == 4


def test_a_claim_of_which_the_archive_lost_an_event_is_left_alone(deployment: Deployment, archive_url: str) -> None:
    api = deployment.start(archive_url)
    claim_id = api.claim("closed")
    deployment.subscribe()
    deployment._archive["event_store"]["events"].delete_one({"_id": f"{claim_id}:2"})
    problem = deployment.sweep(timedelta(days=8))["problem"]
    assert f"the archive lacks version 2 of {claim_id}" in problem
    assert (deployment.redis.xlen(f"claim:{claim_id}"), deployment.redis.xlen("events:all")) == (5, 5)
