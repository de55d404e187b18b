"""A system in which all goes wrong now and then, by `up --fault`: no event is lost, and none has its effects twice."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.faults.grammar import KINDS
from local.faults.settings import folder_in, now_injected
from local.state import data_directory
from tests.chaos.soundness import check_sound
from tests.chaos.steady_load import SteadyLoad
from tests.system import RunningSystem, run_recours, running_system

CLAIMS_PER_S, LOAD_S = 16, 2.5

# Low enough for everybody to get somewhere: a notification batch has many sends, and a death ends them all.
FAULTS = (
    *("drop:0.04", "drop:0.04:answer", "delay:0.1:50", "duplicate:0.3", "throttle:0.04"),
    *("crash-before-append:0.01", "crash-after-append:0.01", "crash-before-commit:0.04", "crash-after-commit:0.04"),
    *("crash-before-send:0.01", "crash-after-send:0.01", "crash-before-ack:0.03", "crash-after-ack:0.03"),
)


@pytest.fixture(scope="module")
def faulty_system() -> Iterator[RunningSystem]:
    options = [part for fault in FAULTS for part in ("--fault", fault)]
    with running_system(*options) as system:
        yield system


def test_under_all_faults_at_once_every_event_has_its_effects_once(faulty_system: RunningSystem) -> None:
    began_s = time.monotonic()
    with SteadyLoad(faulty_system.data, CLAIMS_PER_S) as load:
        time.sleep(LOAD_S)
        claims = load.finish()
    stop_faults(faulty_system.data)
    struck = injected(faulty_system.data)
    result = check_sound(faulty_system, claims)

    restarts = sum(process.restarts for process in faulty_system.processes())
    print(
        f"{len(claims)} claims in {load.seconds:.1f} s, {load.tally.retries} retries, errors {dict(load.tally.errors)};"
        f" {restarts} processes started again; injected {dict(sorted(struck.items()))};"
        f" clean {time.monotonic() - began_s:.1f} s after the first command, verify took {result.seconds:.1f} s"
    )
    assert {"drop", "delay", "throttle", "duplicate"} <= struck.keys() <= KINDS.keys()
    assert sum(times for kind, times in struck.items() if kind.startswith("crash-")) >= 2
    assert load.tally.errors["429"], "no client was ever told to come again"
    assert load.tally.errors["connection"], "no client ever lost its connection"


def test_a_system_with_faults_says_so_and_cannot_be_had_by_asking_twice(faulty_system: RunningSystem) -> None:
    on = folder_in(data_directory(faulty_system.data).run) / "on"
    on.write_text("--fault drop:1:request --fault-seed 1\n")
    assert "Faults are injected: --fault drop:1" in run_recours("status", "--data", str(faulty_system.data)).stdout
    on.unlink()
    assert "Faults" not in run_recours("status", "--data", str(faulty_system.data)).stdout
    again = run_recours("up", "--detach", "--fault", "drop", "--data", str(faulty_system.data))
    assert (again.returncode, "down first" in again.stderr) == (1, True)


def stop_faults(data: Path) -> None:
    """What docs/faults.md says: delete the file."""
    run = data_directory(data).run
    assert now_injected(run) is not None
    (folder_in(run) / "on").unlink()


def injected(data: Path) -> Counter[str]:
    """How often each kind struck, by the logs."""
    lines = (line for log in (data / "logs").glob("*.log") for line in log.read_text(errors="replace").splitlines())
    return Counter(json.loads(line)["kind"] for line in lines if '"message":"fault injected"' in line)
