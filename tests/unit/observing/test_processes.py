"""What is measured of the processes that there should be."""

import os
from dataclasses import replace

import psutil
from prometheus_client import REGISTRY

from local.observing.processes import Processes
from local.state import ProcessRecord, create_time_of

OWN = ProcessRecord("tried", "poller", os.getpid(), create_time_of(os.getpid()), None, "ready", restarts=3)
GONE = replace(OWN, name="gone", create_time=1.0)  # another process had its number


def value(name: str, process: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"process": process, "kind": "poller"})


def test_a_running_process_is_measured_with_its_children() -> None:
    with psutil.Popen(["cat"], stdin=-1) as child:
        Processes().measure([OWN])
        together = sum(one.memory_info().rss for one in (psutil.Process(), child))
        child.stdin.close()
    assert value("process_up", "tried") == 1
    assert value("process_restarts", "tried") == 3
    measured = value("process_memory_bytes", "tried")
    assert measured is not None
    assert abs(measured - together) < 1 << 20


def test_processor_time_is_counted_once() -> None:
    processes = Processes()
    for _ in range(3):
        processes.measure([replace(OWN, name="thrice")])
    counted = value("process_cpu_used_seconds_total", "thrice")
    assert counted is not None
    assert counted <= sum(psutil.Process().cpu_times()[:2])


def test_a_process_that_is_gone_is_down_and_uses_nothing() -> None:
    Processes().measure([GONE])
    assert value("process_up", "gone") == 0
    assert value("process_memory_bytes", "gone") == 0
    assert value("process_cpu_used_seconds_total", "gone") is None
