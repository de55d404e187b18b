"""The subscriber and the sweep as processes of their own, killed at each of their steps; then it comes again.

Whatever the step was: the claim has its context once, and nothing waits any more.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest

from envelope import Envelope, context_id_of, utc_now
from local.servers import embedded_server
from repositories.mongo.client import client_for
from repositories.mongo.waiting_contexts import DATABASE
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog
from streams.json_text import loads

# The child wraps one method so that it dies, as by `kill -9`, right before or right after the call.
CHILD = """
import importlib, json, os, signal, sys
from datetime import timedelta
what, where, kill = sys.argv[1:4]
event = json.load(sys.stdin)
def die():
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
if kill:
    module, owner, method = {
        "append": ("repositories.redis_log.event_log", "RedisEventLog", "append_many"),
        "wait": ("repositories.mongo.waiting_contexts", "MongoWaitingContexts", "add"),
        "put_off": ("repositories.mongo.waiting_contexts", "MongoWaitingContexts", "put_off"),
        "forget": ("repositories.mongo.waiting_contexts", "MongoWaitingContexts", "remove"),
    }[kill]
    owner = getattr(importlib.import_module(module), owner)
    step = getattr(owner, method)
    def wrapped(*arguments, **named):
        if where == "before":
            die()
        result = step(*arguments, **named)
        die()
        return result
    setattr(owner, method, wrapped)
from functions.integration import bootstrap, events, sweep
from envelope import utc_now
if what == "sweep":
    bootstrap.sweeping()._now = lambda: utc_now() + timedelta(hours=event["hours"])
    answer = sweep.handler(event, None)
else:
    answer = events.handler(event, None)
print(json.dumps(answer))
"""

SWEEP = {"hours": 2}  # so much later: everything that waits is due by then


class Lab6(BaseHTTPRequestHandler):
    """Both systems: one order, one customer, or nothing but 503."""

    is_up = True

    def do_GET(self) -> None:
        document: dict[str, Any] = {"id": 7, "customer_id": 7, "status": "paid", "total": 3}
        document |= {"nom": "Roy", "email": "roy@example.com", "telephone": "+15145550100"}
        body = json.dumps(document).encode()
        self.send_response(200 if self.is_up else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Silent."""


@dataclass
class World:
    """Servers of this module's own, for the log's keys are fixed, and how to run the functions against them."""

    redis_url: str
    mongo_url: str
    lab6_url: str

    def run(self, what: str, event: dict[str, Any], kill: str = "", where: str = "") -> Any:
        """The function's answer; None where it was killed."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SERVICE_NAME": "integration",
            "REDIS_URL": self.redis_url,
            "MONGO_URL": self.mongo_url,
            "ORDER_SERVICE_URL": self.lab6_url,
            "CUSTOMER_SERVICE_URL": self.lab6_url,
        }
        done = subprocess.run(
            [sys.executable, "-c", CHILD, what, where, kill],
            input=json.dumps(event),
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if kill:
            assert done.returncode == -9, f"it was not killed: {done.returncode}\n{done.stderr}"
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def make(self) -> Envelope:
        """A claim without context, in the log."""
        claim_id = f"claim_{uuid4().hex}"
        envelope = Envelope(
            event_id=str(uuid4()),
            event_type="ReclamationCreee",
            aggregate_id=claim_id,
            data={"customer_id": "cust_7", "claim_type": "product_defect", "description": "x", "order_id": "order_7"},
            timestamp=utc_now(),
            correlation_id="trace-1",
            version=1,
        )
        self.log.append(claim_id, [envelope], expected_version=0)
        return envelope

    @property
    def log(self) -> RedisEventLog:
        return RedisEventLog(connect(self.redis_url))

    def contexts(self, claim: Envelope) -> int:
        """How many contexts the claim has."""
        return len(self.log.read_claim(context_id_of(claim.aggregate_id)))

    def waiting(self) -> int:
        return client_for(self.mongo_url)[DATABASE]["waiting_contexts"].count_documents({})

    def forget_failures(self) -> None:
        """Close the circuits: a test before has opened them."""
        client = connect(self.redis_url)
        for key in client.scan_iter("integration:*"):
            client.delete(key)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    lab6 = ThreadingHTTPServer(("127.0.0.1", 0), Lab6)
    threading.Thread(target=lab6.serve_forever, daemon=True).start()
    with (
        TemporaryDirectory(prefix="recours-test-") as directory,
        embedded_server("valkey", Path(directory)) as redis_url,
        embedded_server("mongo", Path(directory)) as mongo_url,
    ):
        yield World(redis_url, mongo_url, f"http://127.0.0.1:{lab6.server_port}")
    lab6.shutdown()
    lab6.server_close()


@pytest.fixture(autouse=True)
def _well(world: World) -> None:
    Lab6.is_up = True
    world.forget_failures()


def batch(claim: Envelope) -> dict[str, Any]:
    """The claim's event, as it is delivered each time."""
    record = {"eventSource": "redis:streams", "eventID": "1-0", "stream": "events:all", "group": "integration-service"}
    return {"Records": [{**record, "deliveryCount": 1, "event": claim.model_dump(mode="json")}]}


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_at_the_append_the_subscriber_enriches_once_when_the_claim_comes_again(world: World, where: str) -> None:
    claim = world.make()
    world.run("events", batch(claim), "append", where)
    assert world.contexts(claim) == (where == "after")
    assert world.run("events", batch(claim)) == {"batchItemFailures": []}
    assert (world.contexts(claim), world.waiting()) == (1, 0)


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_as_it_puts_a_claim_aside_the_subscriber_puts_it_aside_once(world: World, where: str) -> None:
    Lab6.is_up = False
    claim = world.make()
    world.run("events", batch(claim), "wait", where)
    assert world.waiting() == (where == "after")
    assert world.run("events", batch(claim)) == {"batchItemFailures": []}
    assert (world.contexts(claim), world.waiting()) == (0, 1)
    Lab6.is_up = True
    world.forget_failures()
    assert world.run("sweep", SWEEP)["enriched"] == 1
    assert (world.contexts(claim), world.waiting()) == (1, 0)


@pytest.mark.parametrize("step", ["append", "forget"])
@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_at_any_step_the_sweep_is_repeated_and_the_claim_has_its_context_once(
    world: World, step: str, where: str
) -> None:
    Lab6.is_up = False
    claim = world.make()
    world.run("events", batch(claim))
    Lab6.is_up = True
    world.forget_failures()
    world.run("sweep", SWEEP, step, where)
    world.run("sweep", SWEEP)
    assert (world.contexts(claim), world.waiting()) == (1, 0)


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_as_it_puts_a_claim_off_the_sweep_loses_none(world: World, where: str) -> None:
    Lab6.is_up = False
    claim = world.make()
    world.run("events", batch(claim))
    world.forget_failures()
    world.run("sweep", SWEEP, "put_off", where)
    assert world.waiting() == 1
    Lab6.is_up = True
    world.forget_failures()
    assert world.run("sweep", {"hours": 4}) == {"enriched": 1, "unknown": 0, "unanswered": 0, "waiting": 0}
    assert world.contexts(claim) == 1


def test_the_context_stands_in_the_stream_of_its_type_and_of_all_events(world: World) -> None:
    claim = world.make()
    world.run("events", batch(claim))
    client: Any = connect(world.redis_url)
    for stream in ("events:all", "events:reclamationenrichie"):
        [(_, fields)] = client.xrevrange(stream, count=1)
        assert loads(fields[b"event"])["aggregate_id"] == context_id_of(claim.aggregate_id)
