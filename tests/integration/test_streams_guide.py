"""`docs/event-source-mapping.md`, followed to the letter, with the layer and redis-py alone on the path."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis as redis_package
from redis import Redis

from streams.parking.parked_events import ParkedEvents

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/event-source-mapping.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The guide's first block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


def commands(program: str) -> list[list[str]]:
    """The guide's commands of a program, as a shell reads them."""
    return [shlex.split(line) for line in re.findall(rf"^\$ ({program} .*)$", GUIDE, re.MULTILINE)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the guide's two files, and a library folder with redis-py alone."""
    (tmp_path / "functions.py").write_text(block("python"))
    (tmp_path / "mapping.json").write_text(block("json"))
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/redis").symlink_to(Path(redis_package.__file__).parent)
    return tmp_path


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    names = ("orders", "events:parked:printing", "events:parked:printing:keys", "events:parked:printing:ids")
    client.delete(*names, "events:checkpoint:printing")
    yield client
    client.delete(*names, "events:checkpoint:printing")
    client.close()


@pytest.fixture
def poller(folder: Path, redis_url: str, server: Redis) -> Iterator["subprocess.Popen[str]"]:
    [[_, *arguments]] = commands("python")
    arguments[arguments.index("--url") + 1] = redis_url
    process = subprocess.Popen(
        [sys.executable, "-S", *arguments],  # -S: nothing that is installed here, as on a machine without it
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder / 'lib'}:{ROOT / 'layers/streams/python'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def test_what_the_guide_shows_happens(poller: "subprocess.Popen[str]", server: Redis) -> None:
    for _, _, stream, entry_id, *fields in commands("redis-cli"):
        server.xadd(stream, dict(zip(fields[::2], fields[1::2], strict=True)), id=entry_id)
    parked = ParkedEvents(server, "orders", "printing")
    until(lambda: parked.count() == 1)
    poller.terminate()
    out, err = poller.communicate(timeout=10)
    assert poller.returncode == 0, err
    assert out.splitlines() == ["order 7 is paid", "order 7 is sent"]
    [event] = parked.entries()
    assert (event.key, event.reason, event.attempts) == ("8", "RetryAttemptsExhausted", 3)
    assert server.xpending("orders", "printing")["pending"] == 0
