"""What a client sends wrongly is refused in the contract's words, and writes nothing; never a 500."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest
import redis

from tests.system import RunningSystem

GOOD = {"customer_id": "cust_chaos", "claim_type": "product_defect", "description": "Produit défectueux reçu"}
JSON = "application/json"


@dataclass(frozen=True)
class Bad:
    """One POST and what it must be answered with. `{claim}` in the path is a claim that was just created.

    `fields` are those that a 422 must name.
    """

    name: str
    status: int
    content: bytes
    path: str = "/claims"
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


def body(**changed: object) -> bytes:
    """A good body with some fields changed."""
    return json.dumps(GOOD | changed).encode()


def without(name: str) -> bytes:
    """A good body without a field."""
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


BAD_REQUESTS = (
    Bad("not JSON", 400, b'{"customer_id": '),
    Bad("nothing", 400, b""),
    Bad("not UTF-8", 400, b'{"customer_id": "\xff\xfe"}'),
    Bad("half of a character", 400, body(description="?").replace(b"?", b"\\ud800")),
    Bad("not a number of JSON", 400, b'{"customer_id": NaN}'),
    Bad("not an object", 422, b"[1, 2]"),
    Bad("a missing field", 422, without("customer_id"), fields=("customer_id",)),
    Bad("two missing fields", 422, b'{"customer_id": "cust_1"}', fields=("claim_type", "description")),
    Bad("a wrong type", 422, body(description=5), fields=("description",)),
    Bad("an unknown claim type", 422, body(claim_type="other"), fields=("claim_type",)),
    Bad("an unknown field", 422, body(descripton="x"), fields=("descripton",)),
    Bad("an empty description", 422, body(description=""), fields=("description",)),
    Bad("a description over 10,000 characters", 422, body(description="x" * 10_001), fields=("description",)),
    Bad("a wrong field inside", 422, body(customer={"email": 5}), fields=("customer.email",)),
    Bad("a NUL", 422, body(description="a\x00b"), fields=("description",)),
    Bad("300 KB", 413, body(description="x" * 300_000)),
    Bad("not said to be JSON", 415, body(), content_type="text/plain"),
    Bad("an unknown claim", 404, b'{"agent_id": "agent_1"}', path="/claims/claim_unknown/assign"),
    Bad("an unknown path", 404, body(), path="/complaints"),
    Bad("a wrong status", 409, b"{}", path="/claims/{claim}/close"),
    Bad("a version that it is not at", 412, b'{"agent_id": "a"}', "/claims/{claim}/assign", JSON, {"If-Match": '"7"'}),
    Bad("an Idempotency-Key that is too long", 422, body(), headers={"Idempotency-Key": "k" * 256}),
)


@pytest.fixture(params=["claims", "gateway"])
def client(request: pytest.FixtureRequest, system: RunningSystem) -> Iterator[httpx.Client]:
    """A client of the claims service: directly, and through the gateway."""
    base = system.url(request.param) + ("/claims-service" if request.param == "gateway" else "")
    with httpx.Client(base_url=base, timeout=30) as client:
        yield client


@pytest.fixture
def log(system: RunningSystem) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(system.url("redis"), decode_responses=True) as log:
        yield log


def end_of(log: "redis.Redis") -> tuple[int, str, str]:
    """The log's length, its last id, and its counter."""
    stream = log.xinfo_stream("events:all")
    return int(stream["length"]), str(stream["last-generated-id"]), str(log.get("events:position"))


def created(client: httpx.Client, **headers: str) -> httpx.Response:
    answer = client.post("/claims", json=GOOD, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


def check_problem(answer: httpx.Response, status: int, correlation_id: str) -> dict[str, object]:
    """The answer is a problem with every member of the contract; return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    members = {"type", "title", "status", "detail", "instance", "correlation_id", "error"}
    assert members | ({"errors"} if status == 422 else set()) == set(problem)
    assert problem["status"] == status
    assert problem["instance"] == answer.request.url.path
    assert problem["correlation_id"] == answer.headers["X-Correlation-ID"] == correlation_id
    assert problem["error"] == problem["detail"]
    assert isinstance(problem["detail"], str)
    assert problem["detail"]
    assert "Traceback" not in answer.text
    return problem


@pytest.mark.parametrize("bad", BAD_REQUESTS, ids=lambda bad: bad.name)
def test_a_bad_request_is_refused_and_writes_nothing(client: httpx.Client, log: "redis.Redis", bad: Bad) -> None:
    claim_id = created(client).json()["claim_id"]
    correlation_id = f"chaos-{uuid4()}"
    before = end_of(log)
    answer = client.post(
        bad.path.replace("{claim}", claim_id),
        content=bad.content,
        headers={"Content-Type": bad.content_type, "X-Correlation-ID": correlation_id, **bad.headers},
    )
    problem = check_problem(answer, bad.status, correlation_id)
    assert end_of(log) == before
    if bad.fields:
        errors = problem["errors"]
        assert isinstance(errors, list)
        assert tuple(error["field"] for error in errors) == bad.fields
        assert all(error["message"] for error in errors)
    assert created(client).json()["position"] == before[0] + 1


def test_a_key_that_came_with_another_body_is_refused(client: httpx.Client, log: "redis.Redis") -> None:
    key, correlation_id = str(uuid4()), f"chaos-{uuid4()}"
    first = created(client, **{"Idempotency-Key": key})
    before = end_of(log)
    other = client.post(
        "/claims",
        json=GOOD | {"description": "Autre chose"},
        headers={"Idempotency-Key": key, "X-Correlation-ID": correlation_id},
    )
    check_problem(other, 422, correlation_id)
    repeat = created(client, **{"Idempotency-Key": key})
    assert repeat.json() == first.json()
    assert end_of(log) == before


def test_of_two_who_saw_the_same_version_one_loses(client: httpx.Client, log: "redis.Redis") -> None:
    made = created(client)
    path, etag = f"/claims/{made.json()['claim_id']}/assign", made.headers["ETag"]
    correlation_id = f"chaos-{uuid4()}"
    winner = client.post(path, json={"agent_id": "agent_1"}, headers={"If-Match": etag})
    assert (winner.status_code, winner.json()["version"]) == (200, 2), winner.text
    before = end_of(log)
    loser = client.post(
        path, json={"agent_id": "agent_2"}, headers={"If-Match": etag, "X-Correlation-ID": correlation_id}
    )
    check_problem(loser, 412, correlation_id)
    assert end_of(log) == before
    assert client.get(path.removesuffix("/assign")).json()["agent_id"] == "agent_1"


def test_a_wrong_method_is_told_which_ones_there_are(client: httpx.Client, log: "redis.Redis") -> None:
    created(client)
    before, correlation_id = end_of(log), f"chaos-{uuid4()}"
    answer = client.delete("/claims", headers={"X-Correlation-ID": correlation_id})
    check_problem(answer, 405, correlation_id)
    assert "POST" in answer.headers["Allow"]
    assert end_of(log) == before
