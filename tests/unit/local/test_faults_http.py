import asyncio
import json
import time
from pathlib import Path

import pytest

from local.apigateway.requests import Message, Receive, Scope, Send
from local.faults.dice import Dice
from local.faults.grammar import parse_fault
from local.faults.http import FaultyApplication


class Exchange:
    """One request over a connection, and all that became of it."""

    def __init__(self, path: str = "/claims") -> None:
        self.scope: Scope = {"path": path, "raw_path": path.encode(), "headers": [], "client": ("127.0.0.1", 1)}
        self.sent: list[Message] = []
        self.is_open = True
        self.was_done = False

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.was_done = True
        await send({"type": "http.response.start", "status": 201, "headers": []})

    async def receive(self) -> Message:
        return {"type": "http.request" if self.is_open else "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def hang_up(self, scope: Scope) -> None:
        assert scope is self.scope
        self.is_open = False

    def run(self, switch: Path, *faults: str) -> None:
        dice = Dice([parse_fault(fault) for fault in faults], "1", "F", switch)
        faulty = FaultyApplication(self.application, dice, self.hang_up)
        asyncio.run(asyncio.wait_for(faulty(self.scope, self.receive, self.send), 5))

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def test_without_luck_a_request_is_answered(exchange: Exchange, tmp_path: Path) -> None:
    exchange.run(tmp_path, "drop:1e-9", "throttle:1e-9", "delay:1e-9")
    assert (exchange.status, exchange.is_open) == (201, True)


def test_a_dropped_request_is_not_carried_out_and_the_connection_ends(exchange: Exchange, tmp_path: Path) -> None:
    exchange.run(tmp_path, "drop:1")
    assert (exchange.was_done, exchange.status, exchange.is_open) == (False, None, False)


def test_a_dropped_answer_is_that_of_a_request_that_was_carried_out(exchange: Exchange, tmp_path: Path) -> None:
    exchange.run(tmp_path, "drop:1:answer")
    assert (exchange.was_done, exchange.status, exchange.is_open) == (True, None, False)


def test_a_throttled_request_is_told_when_to_come_again(exchange: Exchange, tmp_path: Path) -> None:
    exchange.run(tmp_path, "throttle:1:3")
    start, body = exchange.sent
    headers = dict(start["headers"])
    assert (exchange.was_done, start["status"]) == (False, 429)
    assert (headers[b"retry-after"], headers[b"content-type"]) == (b"3", b"application/problem+json")
    assert json.loads(body["body"])["status"] == 429


def test_a_delayed_request_waits_and_is_answered(exchange: Exchange, tmp_path: Path) -> None:
    began_s = time.monotonic()
    exchange.run(tmp_path, "delay:1:50")
    assert exchange.status == 201
    assert time.monotonic() - began_s >= 0.05


def test_the_supervisors_question_is_answered_whatever_the_faults(tmp_path: Path) -> None:
    exchange = Exchange("/health")
    exchange.run(tmp_path, "drop:1", "throttle:1")
    assert exchange.status == 201
