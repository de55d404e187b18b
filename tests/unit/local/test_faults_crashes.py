import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from local.faults import crashes
from local.faults.crashes import STEPS, Step, Steps, check_steps, wrap_steps
from local.faults.dice import Dice
from local.faults.errors import FaultError
from local.faults.grammar import KINDS, parse_fault

CRASHES = [parse_fault(kind) for kind in KINDS if kind.startswith("crash-")]

STORE = """
class Store:
    def write(self, text, fails=False):
        print("written", flush=True)
        if fails:
            raise ValueError(text)
        return text
"""
PROGRAM = """
import sys, pathlib
sys.path.insert(0, {folder!r})
import store_under_test
from local.faults import crashes
from local.faults.dice import Dice
from local.faults.grammar import parse_fault
crashes.STEPS = {{"ack": crashes.Steps(frozenset({{"poller"}}), (crashes.Step("store_under_test", "Store", "write"),))}}
crashes.wrap_steps(Dice([parse_fault({fault!r})], "1", "F", pathlib.Path({folder!r})), "poller")
print("returned", store_under_test.Store().write("x"), flush=True)
"""


def run(folder: Path, fault: str) -> "subprocess.CompletedProcess[str]":
    (folder / "store_under_test.py").write_text(STORE)
    program = PROGRAM.format(folder=str(folder), fault=fault)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)


def test_a_crash_before_a_step_kills_the_process_before_it(tmp_path: Path) -> None:
    ended = run(tmp_path, "crash-before-ack:1")
    assert (ended.returncode, ended.stdout) == (-9, "")
    assert '"fault injected"' in ended.stderr


def test_a_crash_after_a_step_kills_the_process_once_it_is_done(tmp_path: Path) -> None:
    ended = run(tmp_path, "crash-after-ack:1")
    assert (ended.returncode, ended.stdout) == (-9, "written\n")


def test_a_step_that_nothing_strikes_returns_what_it_returned(tmp_path: Path) -> None:
    ended = run(tmp_path, "crash-after-ack:1e-9")
    assert (ended.returncode, ended.stdout) == (0, "written\nreturned x\n")


def test_every_step_of_the_real_adapters_is_there() -> None:
    """What `up --fault` looks up before it starts anything; a renamed adapter fails here first."""
    check_steps(CRASHES)
    assert {fault.kind.rpartition("-")[2] for fault in CRASHES} == set(STEPS)


@pytest.mark.parametrize(
    "step",
    [
        Step("repositories.redis_log.event_log", "RedisEventLog", "append_it"),
        Step("repositories.redis_log.event_log", "EventLogOnRedis", "append"),
        Step("repositories.redis_log.gone", "RedisEventLog", "append"),
    ],
)
def test_a_step_that_is_gone_fails_loudly_at_the_start(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crashes, "STEPS", {"append": replace(STEPS["append"], methods=(step,))})
    with pytest.raises(FaultError, match=step.method):
        check_steps([parse_fault("crash-before-append")])


def test_a_gone_step_stops_the_process_that_was_to_wrap_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Step("streams.group.source", "GroupSource", "acknowledged")
    monkeypatch.setattr(crashes, "STEPS", {"ack": Steps(frozenset({"poller"}), (gone,))})
    with pytest.raises(FaultError, match="there is no such method"):
        wrap_steps(Dice([parse_fault("crash-after-ack")], "1", "F", tmp_path), "poller")


def test_a_named_function_that_has_nothing_to_crash_at_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        crashes, "STEPS", {"append": Steps(frozenset({"worker"}), (Step("module_that_is_not_loaded", "A", "b"),))}
    )
    wrap_steps(Dice([parse_fault("crash-before-append")], "1", "F", tmp_path), "worker")
    with pytest.raises(FaultError, match="nothing to append with"):
        wrap_steps(Dice([parse_fault("crash-before-append@F")], "1", "F", tmp_path), "worker")


def test_a_transaction_that_is_rolled_back_is_no_commit() -> None:
    [leave] = [step for step in STEPS["commit"].methods if step.module == "psycopg"]
    assert leave.is_step((object(), None, None, None))
    assert not leave.is_step((object(), ValueError, ValueError(), None))
