"""A poller as a real process on a real log, with its environments: batches, failures of every kind, and its end."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from redis import Redis

from tests.integration.emulator_process import start

HANDLER = """
import os, pathlib, signal, time
FOLDER = pathlib.Path(os.environ["FOLDER"])
def note(*words):
    with (FOLDER / "seen").open("a") as seen:
        seen.write(" ".join(map(str, words)) + "\\n")
def handler(batch, context):
    do = (FOLDER / "do").read_text() if (FOLDER / "do").exists() else ""
    for record in batch["Records"]:
        note(record["eventID"], record["deliveryCount"], "begun", os.getpid())
        exec(do)
        note(record["eventID"], record["deliveryCount"], context.function_name)
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
        ParallelizationFactor: {lanes}
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
        self.code = folder / "reader_under_test.py"
        self.code.write_text(HANDLER)
        self.write_template(lanes=1)
        self.processes: list[subprocess.Popen[bytes]] = []

    def write_template(self, lanes: int) -> None:
        text = TEMPLATE.format(stream=self.stream, folder=self.folder, lanes=lanes)
        (self.folder / "template.yaml").write_text(text)

    def start(self) -> subprocess.Popen[bytes]:
        arguments = ["--template", str(self.folder / "template.yaml"), "--function", "Reader"]
        arguments += ["--checkpoints", str(self.folder / "pollers")]
        variables = {"RECOURS_PARAMETERS": json.dumps({"RedisUrl": self.url})}
        self.processes.append(start("local.pollers", arguments, (), variables, self.folder / "log"))
        return self.processes[-1]

    def do(self, statement: str) -> None:
        """From now on the handler does this with each record."""
        unfinished = self.folder / "do.new"
        unfinished.write_text(statement)
        unfinished.replace(self.folder / "do")

    def append(self, number: int) -> None:
        event = {"event_id": str(uuid4()), "aggregate_id": f"claim_{number}"}
        self.redis.xadd(self.stream, {"event": json.dumps(event)}, id=f"{number}-0")

    def seen(self) -> list[str]:
        path = self.folder / "seen"
        return path.read_text().splitlines() if path.exists() else []

    def done(self) -> list[str]:
        return [line for line in self.seen() if line.endswith(" Reader")]

    def begun(self) -> list[int]:
        """The process ids of the environments, one an invocation that began."""
        return [int(line.split()[-1]) for line in self.seen() if " begun " in line]

    def log(self) -> str:
        return (self.folder / "log").read_text()

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


def is_gone(pid: int) -> bool:
    """Whether nothing runs under that id any more, no thread either: the last one closes the sockets."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE and len(os.listdir(f"/proc/{pid}/task")) == 1
    except (psutil.NoSuchProcess, FileNotFoundError):
        return True


@pytest.fixture
def reader(tmp_path: Path, redis_url: str) -> Iterator[Reader]:
    running = Reader(tmp_path, redis_url)
    yield running
    for process in running.processes:
        if process.poll() is None:
            process.kill()
        process.wait()
    running.redis.delete(running.stream, *running.redis.keys("events:*:readers*"))
    running.redis.close()


def test_entries_reach_the_handler_in_order_and_are_acknowledged(reader: Reader) -> None:
    for number in (1, 2, 3):
        reader.append(number)
    process = reader.start()
    assert within_s(15, lambda: len(reader.done()) == 3)
    assert reader.done() == [f"{n}-0 1 Reader" for n in (1, 2, 3)]
    assert within_s(2, lambda: reader.pending() == 0)
    (environment,) = set(reader.begun())
    assert psutil.Process(environment).ppid() == process.pid


def test_an_invocation_over_its_timeout_is_a_failed_batch_and_comes_again(reader: Reader) -> None:
    reader.do("time.sleep(30 if record['deliveryCount'] == 1 else 0)")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 2 Reader"])
    first, second = reader.begun()
    assert is_gone(first)
    assert first != second
    assert within_s(2, lambda: reader.pending() == 0)
    assert process.poll() is None
    assert "Task timed out after 1.00 seconds" in reader.log()
    assert "Sandbox.Timedout" in reader.log()
    assert "in handler" in reader.log()


def test_an_environment_that_is_stopped_in_its_invocation_is_killed_soon_after_its_timeout(reader: Reader) -> None:
    reader.do("os.kill(os.getpid(), signal.SIGSTOP) if record['deliveryCount'] == 1 else None")
    reader.append(1)
    reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 2 Reader"])
    assert is_gone(reader.begun()[0])
    assert "Sandbox.Timedout" in reader.log()


def test_an_environment_that_dies_in_its_invocation_is_a_failed_batch_and_comes_again(reader: Reader) -> None:
    reader.do("os.kill(os.getpid(), signal.SIGKILL) if record['deliveryCount'] == 1 else None")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 2 Reader"])
    assert "Runtime.ExitError" in reader.log()
    assert "signal: killed" in reader.log()
    assert process.poll() is None


def test_a_handler_that_exits_ends_its_environment_and_not_the_poller(reader: Reader) -> None:
    reader.do("if record['deliveryCount'] == 1: raise SystemExit(3)")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 2 Reader"])
    assert "exit status 3" in reader.log()
    assert process.poll() is None


def test_an_environment_that_was_killed_while_idle_costs_no_batch(reader: Reader) -> None:
    reader.append(1)
    reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 1 Reader"])
    os.kill(reader.begun()[0], signal.SIGKILL)
    assert within_s(2, lambda: is_gone(reader.begun()[0]))
    reader.append(2)
    assert within_s(15, lambda: reader.done() == ["1-0 1 Reader", "2-0 1 Reader"])


def test_what_the_handler_raises_is_told_with_its_trace_and_the_environment_goes_on(reader: Reader) -> None:
    reader.do("if record['deliveryCount'] == 1: raise LookupError('no such customer')")
    reader.append(1)
    reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 2 Reader"])
    assert len(set(reader.begun())) == 1
    assert "LookupError" in reader.log()
    assert "no such customer" in reader.log()
    assert "in handler" in reader.log()


def test_an_answer_that_is_no_object_fails_the_batch(reader: Reader) -> None:
    reader.code.write_text(HANDLER.replace('return {"batchItemFailures": []}', 'return "done"'))
    reader.append(1)
    reader.start()
    assert within_s(15, lambda: "an object or nothing, not str" in reader.log())
    assert reader.pending() == 1


def test_a_function_that_cannot_be_loaded_ends_the_poller_at_its_start_and_says_why(reader: Reader) -> None:
    reader.code.write_text("import a_module_that_is_not_there")
    reader.append(1)
    assert reader.start().wait(timeout=15) == 1
    assert "Runtime.ImportModuleError" in reader.log()
    assert "No module named 'a_module_that_is_not_there'" in reader.log()


def test_a_function_that_breaks_later_fails_its_batches_without_spinning_until_it_is_mended(reader: Reader) -> None:
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: reader.done() == ["1-0 1 Reader"])
    reader.code.write_text("import a_module_that_is_not_there")
    os.kill(reader.begun()[0], signal.SIGKILL)
    reader.append(2)
    assert within_s(15, lambda: reader.log().count("Runtime.ImportModuleError") >= 2)
    assert reader.pending() == 1
    assert process.poll() is None
    reader.code.write_text(HANDLER)
    assert within_s(15, lambda: len(reader.done()) == 2)
    assert reader.log().count("Unable to import module") < 20


def test_lanes_are_worked_by_so_many_environments_at_once(reader: Reader) -> None:
    reader.write_template(lanes=3)
    reader.do(
        "deadline = time.monotonic() + 0.8\nwhile len({line.split()[-1] for line in (FOLDER / 'seen').open() "
        "if ' begun ' in line}) < 3 and time.monotonic() < deadline: time.sleep(0.01)"
    )
    for number in range(1, 31):
        reader.append(number)
    process = reader.start()
    assert within_s(20, lambda: len(reader.done()) == 30)
    assert len(set(reader.begun())) == 3
    assert {child.pid for child in psutil.Process(process.pid).children()} == set(reader.begun())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_invocation_in_flight_finish_and_be_acknowledged(
    reader: Reader, number: signal.Signals
) -> None:
    reader.do("time.sleep(0.8)")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: len(reader.begun()) == 1)
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert reader.done() == ["1-0 1 Reader"]
    assert reader.pending() == 0
    assert is_gone(reader.begun()[0])


def test_a_poller_that_is_killed_takes_its_environment_with_it_in_the_midst_of_an_invocation(reader: Reader) -> None:
    reader.do("time.sleep(0.8)")
    reader.append(1)
    process = reader.start()
    assert within_s(15, lambda: len(reader.begun()) == 1)
    process.kill()
    assert within_s(0.6, lambda: is_gone(reader.begun()[0]))
    assert reader.done() == []


def test_a_function_without_a_mapping_ends_the_poller_and_says_why(reader: Reader) -> None:
    template = reader.folder / "template.yaml"
    template.write_text(template.read_text().replace("EventSourceMapping:", "Other:"))
    assert reader.start().wait(timeout=15) == 1
    assert "no Metadata.EventSourceMapping" in reader.log()
