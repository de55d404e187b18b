"""`serve poller FUNCTION --invoke LAMBDA`: a real log, and real functions behind the Lambda Invoke API."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis import Redis

from local.paths import ROOT
from local.serving.listening import listen
from tests.integration.invokeapi_server import serving

WAIT_S_MAX = 60.0
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {{ RedisUrl: {{ Type: String }}, MongoUrl: {{ Type: String, NoEcho: true }} }}
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Metadata:
      EventSourceMapping: {{ Stream: "{stream}", Group: "{group}", BatchSize: 2, MaximumRetryAttempts: 0 }}
    Properties:
      Runtime: python3.13
      CodeUri: .
      Handler: not_here.handler
      Environment: {{ Variables: {{ MONGO_URL: !Ref MongoUrl }} }}
"""


class Poller:
    """The command, polling a stream of its own."""

    def __init__(self, folder: Path, redis_url: str, lambda_url: str, invoked: str) -> None:
        self.stream, self.group = f"test:{uuid4()}", f"readers-{uuid4()}"
        self.redis: Any = Redis.from_url(redis_url, protocol=2)
        (folder / "poller.yaml").write_text(TEMPLATE.format(stream=self.stream, group=self.group))
        with listen("127.0.0.1", 0) as free:
            self.port = free.getsockname()[1]
        arguments = ["serve", "poller", "Reader", "--invoke", invoked, "--template", str(folder / "poller.yaml")]
        arguments += ["--data", str(folder / "data"), "--health-port", str(self.port)]
        access = {"AWS_ENDPOINT_URL": lambda_url, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
        self.log = folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", *arguments],
            cwd=ROOT,
            env={**os.environ, **access, "AWS_REGION": "us-east-1", "REDIS_URL": redis_url},
            stderr=self.log.open("wb"),
        )

    def add(self, count: int) -> None:
        for number in range(count):
            self.redis.xadd(self.stream, {"aggregate_id": "one", "number": str(number)})

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S_MAX
        while not holds():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def done(self) -> int:
        """How many entries the group read and acknowledged."""
        groups = self.redis.xinfo_groups(self.stream) if self.redis.exists(self.stream) else []
        return sum((group["entries-read"] or 0) - group["pending"] for group in groups)


Start = Callable[[str], Poller]


@pytest.fixture
def start(tmp_path: Path, redis_url: str) -> Iterator[Start]:
    pollers: list[Poller] = []
    with serving(tmp_path, {}) as url:

        def start_poller(invoked: str) -> Poller:
            pollers.append(Poller(tmp_path, redis_url, url, invoked))
            return pollers[-1]

        yield start_poller
        for poller in pollers:
            poller.process.kill()
            poller.process.wait()


def test_batches_are_given_to_the_function_on_lambda_and_acknowledged(start: Start) -> None:
    poller = start("echo-live")
    poller.add(5)
    poller.until(lambda: poller.done() == 5)
    assert httpx.get(f"http://127.0.0.1:{poller.port}/health").json()["status"] == "healthy"
    assert f'stream_lag_events{{group="{poller.group}"}}' in httpx.get(f"http://127.0.0.1:{poller.port}/metrics").text
    poller.process.send_signal(signal.SIGTERM)
    assert poller.process.wait(WAIT_S_MAX) == 0


def test_what_the_function_raises_is_parked_with_its_words(start: Start) -> None:
    poller = start("Fails")
    poller.add(1)
    parked = f"events:parked:{poller.group}"
    poller.until(lambda: any(b"accented" in b"".join(fields.values()) for _, fields in poller.redis.xrange(parked)))


def test_a_function_that_is_not_there_parks_nothing(start: Start) -> None:
    poller = start("NobodyKnows")
    poller.add(1)
    poller.until(lambda: "ResourceNotFoundException" in poller.log.read_text())
    assert [group["pending"] for group in poller.redis.xinfo_groups(poller.stream)] == [1]
