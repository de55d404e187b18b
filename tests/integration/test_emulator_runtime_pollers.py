"""A poller as a real process on a real log: batches, timeouts, redelivery, and its end."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from tests.integration.emulator_process import end, start

HANDLER = """
import os, pathlib, time
FOLDER = pathlib.Path(os.environ["FOLDER"])
def handler(batch, context):
    for record in batch["Records"]:
        with (FOLDER / "seen").open("a") as seen:
            seen.write(f"{record['eventID']} {record['deliveryCount']} begun\\n")
        if (FOLDER / "slow").exists():
            time.sleep(float((FOLDER / "slow").read_text()))
        with (FOLDER / "seen").open("a") as seen:
            seen.write(f"{record['eventID']} {record['deliveryCount']} {context.function_name}\\n")
    return {"batchItemFailures": []}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {{ RedisUrl: {{ Type: String }} }}
Resources:
  Reader:
    Type: AWS::Serverless::Function
    Metadata:
      EventSourceMapping:
        Stream: "{stream}"
        Group: readers
        BatchSize: 1
        FunctionResponseTypes: [ReportBatchItemFailures]
    Properties:
      Runtime: python3.13
      CodeUri: .
      Handler: reader_under_test.handler
      Timeout: 1
      Environment: {{ Variables: {{ FOLDER: "{folder}" }} }}
"""


class Reader:
    """A poller of a stream of its own."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder, self.url = folder, redis_url
        self.stream = f"test:{uuid4()}"
        self.redis = Redis.from_url(redis_url, protocol=2)
        (folder / "reader_under_test.py").write_text(HANDLER)
        (folder / "template.yaml").write_text(TEMPLATE.format(stream=self.stream, folder=folder))
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        arguments = ["--template", str(self.folder / "template.yaml"), "--function", "Reader"]
        variables = {"RECOURS_PARAMETERS": json.dumps({"RedisUrl": self.url})}
        self.processes.append(start("local.pollers", arguments, (), variables, self.folder / "log"))
        return self.processes[-1]

    def append(self, number: int) -> None:
        event = {"event_id": str(uuid4()), "aggregate_id": f"claim_{number}"}
        self.redis.xadd(self.stream, {"event": json.dumps(event)}, id=f"{number}-0")

    def seen(self) -> list[str]:
        path = self.folder / "seen"
        return path.read_text().splitlines() if path.exists() else []

    def pending(self) -> int:
        return int(self.redis.xpending(self.stream, "readers")["pending"])


def within_s(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it holds before the time is over."""
    deadline_s = time.monotonic() + seconds
    while time.monotonic() < deadline_s:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


@pytest.fixture
def reader(tmp_path: Path, redis_url: str) -> Iterator[Reader]:
    running = Reader(tmp_path, redis_url)
    yield running
    for process in running.processes:
        if process.poll() is None:
            process.kill()
        process.wait()
    running.redis.delete(running.stream)
    running.redis.close()


def test_entries_reach_the_handler_in_order_and_are_acknowledged(reader: Reader) -> None:
    for number in (1, 2, 3):
        reader.append(number)
    reader.start()
    assert within_s(15, lambda: len(reader.seen()) == 6)
    assert [line for line in reader.seen() if "Reader" in line] == [f"{n}-0 1 Reader" for n in (1, 2, 3)]
    assert within_s(2, lambda: reader.pending() == 0)


def test_an_invocation_over_its_timeout_ends_the_poller_and_its_entry_comes_again(reader: Reader) -> None:
    (reader.folder / "slow").write_text("30")
    reader.append(1)
    assert reader.start().wait(timeout=15) == 1
    assert "Task timed out after 1.00 seconds" in (reader.folder / "log").read_text()
    assert reader.pending() == 1
    (reader.folder / "slow").unlink()
    reader.start()
    assert within_s(15, lambda: "1-0 2 Reader" in reader.seen())
    assert within_s(2, lambda: reader.pending() == 0)


def test_sigterm_lets_the_invocation_in_flight_finish_and_be_acknowledged(reader: Reader) -> None:
    (reader.folder / "slow").write_text("0.8")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: reader.seen() == ["1-0 1 begun"])
    assert end(process) == 0
    assert "1-0 1 Reader" in reader.seen()
    assert reader.pending() == 0


def test_a_function_without_a_mapping_ends_the_poller_and_says_why(reader: Reader) -> None:
    template = reader.folder / "template.yaml"
    template.write_text(template.read_text().replace("EventSourceMapping:", "Other:"))
    assert reader.start().wait(timeout=15) == 1
    assert "no Metadata.EventSourceMapping" in (reader.folder / "log").read_text()
