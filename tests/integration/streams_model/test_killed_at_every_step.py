"""A poller's process is killed at every step of its talk with the server, one run a step; another process finishes.

The steps are: a command not yet sent, and a command that the server carried out while the process does not know it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from tests.integration.streams_model.checks import check_order, check_parked, is_quiet
from tests.integration.streams_model.stage import NOW_MS, SCENARIOS, Stage

ROOT = Path(__file__).parents[3]
STEPS_MIN = 40  # fewer would mean that the fuse saw only part of what is sent
KILLED, OVER = -9, 0


class Forks:
    """The fork server, from outside."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.streams_model.fork_server", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/streams/python")])},
        )

    def begin(self, **request: Any) -> None:
        """Have a child play, and do not wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def ended(self) -> int:
        """How the child that began first ended, once it has."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture
def forks(quick_redis_url: str) -> Iterator[Forks]:
    forks = Forks(quick_redis_url)
    yield forks
    forks.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_poller_killed_at_any_step_loses_and_reorders_nothing(
    scenario: str, quick_redis_url: str, forks: Forks
) -> None:
    with Redis.from_url(quick_redis_url) as redis:
        stage = begin(redis, forks, scenario, step=1)
        for step in count(1):
            ended = forks.ended()
            # The next one is killed while this one is finished: the machine has more than one core.
            following = begin(redis, forks, scenario, step + 1) if ended == KILLED else None
            finish(stage, step)
            if following is None:
                break
            stage = following
    assert ended == OVER, "the child failed by itself; its trace is on standard error"
    assert step > STEPS_MIN


def begin(redis: Redis, forks: Forks, scenario: str, step: int) -> Stage:
    """Set the scenario up, and have a process play it that is killed at the step."""
    name = uuid4().hex
    stage = Stage(redis, name, SCENARIOS[scenario])
    stage.set_up()
    forks.begin(name=name, scenario=scenario, step=step)
    return stage


def finish(stage: Stage, step: int) -> None:
    """Play what the killed process left undone, and check all of it."""
    try:
        check_parked(stage.redis, stage.keys)
        stage.play(stage.redis, consumer="two" if step % 2 else "one")
        check_over(stage)
    except AssertionError as error:
        error.add_note(f"after a kill at step {step}")
        raise
    stage.tear_down()


def check_over(stage: Stage) -> None:
    """All is done, in order; what failed was parked once; each window closed with what belongs to it."""
    ids = stage.scenario.ids
    effects = [entry_id.decode() for entry_id in stage.redis.lrange(stage.effects, 0, -1)]
    assert set(effects) == {entry_id for entry_id, record in ids.items() if record.wanted}
    check_order(effects, {entry_id: record.key for entry_id, record in ids.items()})
    check_parked(stage.redis, stage.keys)
    assert is_quiet(stage.redis, stage.keys)
    if stage.scenario.parked:
        assert stage.redis.xinfo_stream(stage.keys.parked)["entries-added"] == stage.scenario.parked
    if stage.mapping.tumbling_window_s:
        check_windows(stage)


def check_windows(stage: Stage) -> None:
    """A killed process may close a window twice, but always with exactly what belongs to it."""
    expected: dict[str, list[str]] = {}
    for entry_id, record in stage.scenario.ids.items():
        start_s = NOW_MS // 1000 + int(record.after_s) // stage.mapping.tumbling_window_s * 60
        expected.setdefault(datetime.fromtimestamp(start_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), []).append(entry_id)
    told = [tuple(json.loads(text)) for text in stage.redis.lrange(stage.windows, 0, -1)]
    assert {start for start, _ in told} == expected.keys()
    for start, seen in told:
        assert seen == expected[start]
