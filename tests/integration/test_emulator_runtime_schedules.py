"""A schedule's process as the supervisor starts it: it loads the function, leaves word, and fires in its time."""

import itertools
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from local.schedules.__main__ import keep_schedules
from streams.clock import SystemClock
from tests.integration.emulator_process import end, start

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Sweeper:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: .
      Handler: sweeper_under_test.handler
      Timeout: 5
      Events:
        Sweep: { Type: Schedule, Properties: { Schedule: rate(1 minute), State: @STATE@ } }
"""

START_S_MAX = 15


class Sweeper:
    """The process of one scheduled function."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.announcement = folder / "run" / "sweeper-schedule.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.write(state="ENABLED", code="def handler(event, context):\n    return None\n")

    def write(self, *, state: str, code: str) -> None:
        (self.folder / "sweeper_under_test.py").write_text(code)
        (self.folder / "template.yaml").write_text(TEMPLATE.replace("@STATE@", state))

    def start(self) -> subprocess.Popen[bytes]:
        arguments = ["--template", str(self.folder / "template.yaml"), "--function", "Sweeper"]
        arguments += ["--announce", str(self.announcement)]
        self.processes.append(start("local.schedules", arguments, (), {}, self.folder / "log"))
        return self.processes[-1]

    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def sweeper(tmp_path: Path) -> Iterator[Sweeper]:
    made = Sweeper(tmp_path)
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def within_s(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return holds()


def test_it_leaves_word_once_the_function_is_loaded_and_ends_cleanly_with_its_environment(sweeper: Sweeper) -> None:
    process = sweeper.start()
    assert within_s(START_S_MAX, sweeper.announcement.exists)
    told = json.loads(sweeper.announcement.read_text())
    assert told["pid"] == process.pid
    assert timedelta(0) < datetime.fromisoformat(told["first_due"]) - datetime.now(UTC) <= timedelta(minutes=1)
    (environment,) = psutil.Process(process.pid).children()
    assert end(process) == 0
    assert not psutil.pid_exists(environment.pid)


def test_a_function_that_cannot_be_loaded_ends_it_and_says_why(sweeper: Sweeper) -> None:
    sweeper.write(state="ENABLED", code="import a_module_that_is_not_there\n")
    assert sweeper.start().wait(START_S_MAX) == 1
    assert "No module named 'a_module_that_is_not_there'" in sweeper.log()
    assert not sweeper.announcement.exists()


def test_a_function_whose_schedules_are_disabled_ends_it_and_says_why(sweeper: Sweeper) -> None:
    sweeper.write(state="DISABLED", code="")
    assert sweeper.start().wait(START_S_MAX) == 1
    assert "it has no Schedule event that is enabled" in sweeper.log()


class HurriedClock(SystemClock):
    """The machine's time, an hour a second."""

    HASTE = 3600

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._began_ms = super().now_ms()

    def now_ms(self) -> int:
        """See Clock."""
        return self._began_ms + int((time.monotonic() - self._began_s) * self.HASTE * 1000)


def test_the_function_is_invoked_every_minute_in_one_environment_until_the_end(sweeper: Sweeper) -> None:
    seen, stop = sweeper.folder / "seen", threading.Event()
    code = (
        "import os, pathlib\n"
        "def handler(event, context):\n"
        f"    with pathlib.Path({str(seen)!r}).open('a') as file:\n"
        "        file.write(f\"{os.getpid()} {event['time']} {event['detail-type']}\\n\")\n"
    )
    sweeper.write(state="ENABLED", code=code)

    def keep() -> None:
        clock = HurriedClock()
        template, wait = sweeper.folder / "template.yaml", lambda seconds: stop.wait(seconds / clock.HASTE)
        keep_schedules(template, "Sweeper", sweeper.announcement, stop, clock, wait)

    thread = threading.Thread(target=keep)
    thread.start()
    assert within_s(START_S_MAX, lambda: seen.exists() and seen.read_text().count("\n") >= 30)
    stop.set()
    thread.join(START_S_MAX)
    assert not thread.is_alive()
    lines = [line.split(" ", 2) for line in seen.read_text().splitlines()]
    times = [datetime.fromisoformat(moment) for _, moment, _ in lines]
    assert {kind for _, _, kind in lines} == {"Scheduled Event"}
    assert len({pid for pid, _, _ in lines}) == 1
    assert {later - earlier for earlier, later in itertools.pairwise(times)} >= {timedelta(minutes=1)}
    assert all((later - earlier) % timedelta(minutes=1) == timedelta(0) for earlier, later in itertools.pairwise(times))
