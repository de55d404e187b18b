"""The scripts, against a system that has just been started."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system import RunningSystem, check, run_recours

FOLDER = Path(__file__).parent
SECONDS_MAX = 180


def test_a_claim_goes_through_all_its_events_and_every_service_has_them(system: RunningSystem) -> None:
    check(run_script("test-event-driven.sh", "--data", str(system.data)))


def test_the_flow_can_be_tested_again_on_the_same_system(system: RunningSystem) -> None:
    check(run_script("test-event-driven.sh", "--data", str(system.data)))


def test_claims_are_made_with_the_order_and_customer_systems_there_gone_and_back(system: RunningSystem) -> None:
    check(run_script("test-integration.sh", "--data", str(system.data)))


def test_under_load_every_event_has_every_effect_exactly_once(system: RunningSystem) -> None:
    done = run_script("load-test-events.sh", "60", "3", "--data", str(system.data))
    check(done)
    assert "audit-poller is back" in done.stdout


def test_a_subscriber_that_stands_still_is_noticed_and_named(system: RunningSystem) -> None:
    with standing_still(system, "audit-poller"):
        flow = run_script("test-event-driven.sh", "--data", str(system.data), WAIT_SECONDS="2")
        load = run_recours("load-test", "--claims", "2", "--wait", "1", "--data", str(system.data))
    assert flow.returncode == 1
    assert "audit entries of the claim: expected 5 within 2 s, found 0" in flow.stderr
    assert load.returncode == 1
    assert "claim_" in load.stderr
    assert "audit entry versions are []" in load.stdout


def test_the_script_fails_where_nothing_is_up(tmp_path: Path) -> None:
    done = run_script("test-event-driven.sh", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "nothing is up" in done.stderr


def run_script(name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(FOLDER / name), *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@contextmanager
def standing_still(system: RunningSystem, name: str) -> Iterator[None]:
    """Stop that process for a while, without its death."""
    pid = system.process(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
