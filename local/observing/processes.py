"""What the kernel says of the system's processes."""

from collections.abc import Iterable

import psutil

from local.observing.catalog import PROCESS_CPU, PROCESS_MEMORY, PROCESS_RESTARTS, PROCESS_UP
from local.state import ProcessRecord


class Processes:
    """Measures the processes of a system; one thread calls."""

    def __init__(self) -> None:
        self._cpu_s: dict[tuple[str, int], float] = {}  # by name and pid: a new process begins at 0

    def measure(self, records: Iterable[ProcessRecord]) -> None:
        """Set the metrics of each process that there should be."""
        for record in records:
            PROCESS_RESTARTS.labels(record.name, record.kind).set(record.restarts)
            is_up = record.is_alive() and self._measure_running(record)
            PROCESS_UP.labels(record.name, record.kind).set(1 if is_up else 0)
            if not is_up:
                PROCESS_MEMORY.labels(record.name, record.kind).set(0)

    def _measure_running(self, record: ProcessRecord) -> bool:
        """With its children: a poller's environments are its own. False where it is gone meanwhile."""
        assert record.pid is not None, "it is alive"
        try:
            process = psutil.Process(record.pid)
            family = [process, *_own_children(process, record)]
            memory = sum(one.memory_info().rss for one in family)
            used_s = {one.pid: sum(one.cpu_times()[:2]) for one in family}
        except psutil.NoSuchProcess:
            return False
        PROCESS_MEMORY.labels(record.name, record.kind).set(memory)
        for pid, seconds in used_s.items():
            before = self._cpu_s.get((record.name, pid), 0.0)
            PROCESS_CPU.labels(record.name, record.kind).inc(max(seconds - before, 0.0))
            self._cpu_s[record.name, pid] = seconds
        return True


def _own_children(process: psutil.Process, record: ProcessRecord) -> list[psutil.Process]:
    # The gateway's children are execution environments, which stand in the records themselves.
    return [] if record.kind == "gateway" else process.children(recursive=True)
