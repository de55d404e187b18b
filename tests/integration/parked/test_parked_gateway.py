"""The parked events over HTTP, on a real log with a real poller."""

import asyncio
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.apigateway.application import ApiGateway
from local.apigateway.requests import Message
from local.gateway.application import PortApplication
from local.gateway.console import Console
from local.gateway.services import read_services
from local.template import Function, Route, Template
from tests.integration.parked.parked_world import AUDIT, NOTIFICATION, World

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


class OneAnswer:
    """An Invoker whose functions all answer the same."""

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        return {"statusCode": 200, "body": "from the function"}


def gateway_of(template: Template, redis_url: str | None) -> PortApplication:
    """The application of the gateway's port."""
    api = ApiGateway(template, template.functions, OneAnswer(), strip_base_path=False)
    return PortApplication(api, [Console(template, read_services(template, {}), None, redis_url)])


def ask(
    gateway: PortApplication, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    """One request as uvicorn would give it."""
    path, _, query = target.partition("?")
    told = {"content-length": str(len(body)), **(headers or {})}
    scope: dict[str, Any] = {
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8100),
        "http_version": "1.1",
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(gateway(scope, receive, send))
    heads = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], heads, sent[1]["body"].decode())


@pytest.fixture
def gateway(world: World) -> PortApplication:
    return gateway_of(world.template(), world.url)


def post(gateway: PortApplication, target: str, body: object) -> Answer:
    return ask(gateway, "POST", target, json.dumps(body).encode(), JSON)


def test_the_list_is_compact_json_with_the_callers_correlation_id(world: World, gateway: PortApplication) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    answer = ask(gateway, "GET", "/parked", headers={"x-correlation-id": "abc"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["x-correlation-id"] == "abc"
    assert '"count":1,"by_group":{"audit-service":1},"next_after":null' in answer.text
    assert answer.body["parked"][0]["claim_id"] == "claim_1"


def test_pages_follow_one_another_through_the_groups(world: World, gateway: PortApplication) -> None:
    world.append("claim_1", "claim_1", "claim_2", "claim_1")
    world.park("claim_1", AUDIT, NOTIFICATION)
    seen, after = [], ""
    for _ in range(3):
        page = ask(gateway, "GET", f"/parked?claim_id=claim_1&limit=2{after}").body
        assert page["count"] == 6
        seen += [(line["group"], line["source_id"]) for line in page["parked"]]
        after = f"&after={page['next_after']}"
    assert page["next_after"] is None
    assert seen == [(group, entry_id) for group in (AUDIT, NOTIFICATION) for entry_id in ("1-0", "2-0", "4-0")]


def test_after_may_be_a_parked_id_alone_where_one_group_is_asked_for(world: World, gateway: PortApplication) -> None:
    world.append("claim_1", "claim_1")
    world.park("claim_1", AUDIT)
    first = ask(gateway, "GET", f"/parked?group={AUDIT}&limit=1").body["parked"][0]["parked_id"]
    rest = ask(gateway, "GET", f"/parked?group={AUDIT}&after={first}").body["parked"]
    assert [line["source_id"] for line in rest] == ["2-0"]


def test_over_http_personal_data_is_masked(world: World, gateway: PortApplication) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    for target in ("/parked", "/parked/1-0"):
        answer = ask(gateway, "GET", target)
        assert answer.status == 200
        assert "cannot write to ***" in answer.text
        assert "marie" not in answer.text.lower()
    assert answer.body["event"]["event_id"] == "event-1"
    assert "in _handle" in answer.body["trace"]


def test_a_retry_is_asked_for_and_done_by_the_poller(world: World, gateway: PortApplication) -> None:
    world.append("claim_1", "claim_2", "claim_1")
    world.park("claim_1", AUDIT)
    would = post(gateway, "/parked/retry", {"dry_run": True})
    assert would.status == 202
    assert ask(gateway, "GET", "/parked/retries").body == {"retries": [], "count": 0}
    asked = post(gateway, "/parked/retry", {"group": AUDIT, "claim_id": "claim_1"})
    assert (asked.status, asked.body["requested"]) == (
        202,
        [{"group": AUDIT, "claim_id": "claim_1", "events": 2}],
    )
    (retry,) = ask(gateway, "GET", "/parked/retries").body["retries"]
    assert (retry["state"], retry["still_parked"]) == ("waiting", 2)
    audit = world.subscribers[AUDIT]
    with audit.running():
        until = time.monotonic() + 10
        while ask(gateway, "GET", "/parked").body["count"] and time.monotonic() < until:
            time.sleep(0.05)
    assert audit.done == ["2-0", "1-0", "3-0"]
    assert ask(gateway, "GET", "/parked/retries").body["count"] == 0


def test_a_retry_that_failed_is_told_until_its_event_is_discarded(world: World, gateway: PortApplication) -> None:
    world.append("claim_1", "claim_1")
    world.park("claim_1", AUDIT)
    audit = world.subscribers[AUDIT]
    audit.poisoned.add("claim_1")
    assert ask(gateway, "POST", "/parked/retry").status == 202  # no body: all
    audit.poller.start()
    audit.poller.poll_once(wait_s=0)
    (retry,) = ask(gateway, "GET", "/parked/retries").body["retries"]
    assert (retry["state"], retry["error"]) == ("failed", "cannot write to ***")
    done = post(gateway, f"/parked/{retry['parked_id']}/discard", {"reason": "made by a test"})
    assert (done.status, done.body["still_parked"]) == (200, 1)
    assert (done.body["discarded"]["source_id"], done.body["discarded"]["error"]) == ("1-0", "cannot write to ***")
    assert ask(gateway, "GET", "/parked/retries").body["count"] == 0
    ((_, kept),) = world.redis.xrange(f"events:discarded:{AUDIT}")
    assert kept[b"discard_reason"] == b"made by a test"


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "field"),
    [
        ("GET", "/parked?claim=1", b"", 422, "claim"),
        ("GET", "/parked?group=audit", b"", 422, "group"),
        ("GET", "/parked?limit=501", b"", 422, "limit"),
        ("GET", "/parked?limit=1&limit=2", b"", 422, "limit"),
        ("GET", "/parked?after=1-0", b"", 422, "after"),
        ("GET", "/parked?after=events:parked:other/1-0", b"", 422, "after"),
        ("GET", "/parked?group=audit-service&after=99999999999999999999999-0", b"", 422, "after"),
        ("GET", "/parked/1-0?claim_id=1", b"", 422, "claim_id"),
        ("GET", "/parked/retries?group=x", b"", 422, "group"),
        ("GET", "/parked/7-0", b"", 404, None),
        ("GET", "/parked/nothing", b"", 404, None),
        ("GET", "/parked/1-0", b"", 409, None),
        ("GET", "/parked/retry", b"", 405, None),
        ("POST", "/parked/retry", b"{", 400, None),
        ("POST", "/parked/retry", b"[]", 422, "body"),
        ("POST", "/parked/retry", b'{"dry_run":"yes"}', 422, "dry_run"),
        ("POST", "/parked/retry", b'{"claim":"x"}', 422, "claim"),
        ("POST", "/parked/retry", b'{"group":"audit"}', 422, "group"),
        ("POST", "/parked/retry?x=1", b"{}", 422, "x"),
        ("POST", "/parked/1-0/discard", b"", 400, None),
        ("POST", "/parked/1-0/discard", b"{}", 422, "reason"),
        ("POST", "/parked/1-0/discard", b'{"reason":" "}', 422, "reason"),
        ("POST", "/parked/1-0/discard", b'{"reason":"x"}', 409, None),
        ("POST", "/parked/7-0/discard", b'{"reason":"x"}', 404, None),
    ],
)
def test_what_a_client_does_wrong_is_a_problem_that_names_it(
    world: World, gateway: PortApplication, method: str, target: str, body: bytes, status: int, field: str | None
) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT, NOTIFICATION)
    answer = ask(gateway, method, target, body, JSON if body else None)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.body["status"] == status
    assert answer.body["error"] == answer.body["detail"]
    assert answer.body["correlation_id"] == answer.headers["x-correlation-id"]
    assert [error["field"] for error in answer.body.get("errors", [])] == ([field] if field else [])
    assert world.redis.xlen(f"events:parked:{AUDIT}") == 1
    assert not world.redis.exists(f"events:parked:{AUDIT}:retry")


def test_a_body_that_is_not_said_to_be_json_is_refused(gateway: PortApplication) -> None:
    answer = ask(gateway, "POST", "/parked/retry", b"{}", {"content-type": "text/plain"})
    assert (answer.status, answer.headers["content-type"]) == (415, "application/problem+json")


def test_a_log_that_is_away_is_a_503_that_says_when_to_come_back(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    answer = ask(gateway_of(world.template(), f"redis://127.0.0.1:{port}/0"), "GET", "/parked")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(port) not in answer.text


def test_where_the_log_is_not_known_there_are_no_such_routes(world: World) -> None:
    gateway = gateway_of(world.template(), None)
    assert ask(gateway, "GET", "/parked").status == 404
    assert "mis de côté" not in ask(gateway, "GET", "/").text
    assert 'href="/parked"' in ask(gateway_of(world.template(), world.url), "GET", "/").text


@pytest.mark.parametrize("method", ["GET", "ANY"])
def test_a_route_of_the_template_goes_before_the_gateways_own(world: World, method: str) -> None:
    route = Route(method, "/parked")
    function = Function("F", "a.b", "mine", None, "", 1, 3, 128, {}, (), Path(), (route,), None)
    gateway = gateway_of(Template(Path(), "", (function,), ()), world.url)
    answer = ask(gateway, "GET", "/parked")
    assert (answer.status, answer.text) == (200, "from the function")
    assert ask(gateway, "GET", "/parked/retries").status == 200
