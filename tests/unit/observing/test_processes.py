"""What is measured of the processes that there should be."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from prometheus_client import REGISTRY

from local.observing.processes import Processes
from local.state import ProcessRecord, create_time_of

GONE = ProcessRecord("gone", "poller", os.getpid(), 1.0, None, "ready", restarts=3)  # another process had its number
WITH_A_CHILD = """
import subprocess, sys
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
sum(range(1_000_000))
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family() -> Iterator[tuple[int, int]]:
    """A process and its child, which do nothing any more: their pids. A test's own process has children of others."""
    with subprocess.Popen(
        [sys.executable, "-c", WITH_A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        yield parent.pid, int(parent.stdout.readline())
        parent.communicate()


def record(name: str, pid: int) -> ProcessRecord:
    return replace(GONE, name=name, pid=pid, create_time=create_time_of(pid))


def value(name: str, process: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"process": process, "kind": "poller"})


def test_a_running_process_is_measured_with_its_children(family: tuple[int, int]) -> None:
    Processes().measure([record("tried", family[0])])
    together = sum(psutil.Process(pid).memory_info().rss for pid in family)
    assert value("process_up", "tried") == 1
    assert value("process_restarts", "tried") == 3
    measured = value("process_memory_bytes", "tried")
    assert measured is not None
    assert abs(measured - together) < 1 << 20


def test_processor_time_is_counted_once(family: tuple[int, int]) -> None:
    processes = Processes()
    for _ in range(3):
        processes.measure([record("thrice", family[0])])
    counted = value("process_cpu_used_seconds_total", "thrice")
    assert counted is not None
    assert 0 < counted <= sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in family)


def test_a_process_that_is_gone_is_down_and_uses_nothing() -> None:
    Processes().measure([GONE])
    assert value("process_up", "gone") == 0
    assert value("process_memory_bytes", "gone") == 0
    assert value("process_cpu_used_seconds_total", "gone") is None


def test_of_an_environment_that_ended_for_good_nothing_more_is_told(family: tuple[int, int]) -> None:
    processes = Processes()
    processes.measure([record("stays", family[0]), record("claims-3", family[0])])
    processes.measure([record("stays", family[0])])
    assert value("process_up", "claims-3") is None
    assert value("process_memory_bytes", "claims-3") is None
    assert value("process_up", "stays") == 1
