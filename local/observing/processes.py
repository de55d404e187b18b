"""What the kernel says of the system's processes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import psutil

from local.observing.catalog import PROCESS_CPU, PROCESS_MEMORY, PROCESS_RESTARTS, PROCESS_UP
from local.state import ProcessRecord

# Who is whose child takes a look at all processes of the machine.
_LOOKS_A_FAMILY = 5

Children = Mapping[int, list[psutil.Process]]
"""By the parent's pid."""


class Processes:
    """Measures the processes of a system; one thread calls."""

    def __init__(self) -> None:
        self._looks = 0
        self._children: Children = {}
        self._told: set[tuple[str, str]] = set()
        self._used_s: dict[str, dict[int, float]] = {}  # by name and pid: a new process begins at 0

    def measure(self, records: Iterable[ProcessRecord]) -> None:
        """Set the metrics of each process that there should be."""
        if self._looks % _LOOKS_A_FAMILY == 0:
            self._children = _children_by_parent()
        self._looks += 1
        records = list(records)
        self._forget({(record.name, record.kind) for record in records})
        for record in records:
            PROCESS_RESTARTS.labels(record.name, record.kind).set(record.restarts)
            is_up = record.is_alive() and self._measure_running(record)
            PROCESS_UP.labels(record.name, record.kind).set(1 if is_up else 0)
            if not is_up:
                PROCESS_MEMORY.labels(record.name, record.kind).set(0)

    def _forget(self, present: set[tuple[str, str]]) -> None:
        """Tell nothing more of environments that ended for good; the processor time that they used was used."""
        for place in self._told - present:
            for gauge in (PROCESS_UP, PROCESS_MEMORY, PROCESS_RESTARTS):
                gauge.remove(*place)
            self._used_s.pop(place[0], None)
        self._told = present

    def _measure_running(self, record: ProcessRecord) -> bool:
        """With its children: a poller's environments are its own. False where it is gone meanwhile."""
        assert record.pid is not None, "it is alive"
        memory = 0
        used_s: dict[int, float] = {}
        for process in self._family(record.pid, record):
            with suppress(psutil.NoSuchProcess), process.oneshot():
                used_s[process.pid] = sum(process.cpu_times()[:2])
                memory += process.memory_info().rss
        if record.pid not in used_s:
            return False
        PROCESS_MEMORY.labels(record.name, record.kind).set(memory)
        before = self._used_s.get(record.name, {})
        grown = sum(max(seconds - before.get(pid, 0.0), 0.0) for pid, seconds in used_s.items())
        PROCESS_CPU.labels(record.name, record.kind).inc(grown)
        self._used_s[record.name] = used_s
        return True

    def _family(self, pid: int, record: ProcessRecord) -> Iterator[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)
        # The gateway's children are execution environments, which stand in the records themselves.
        if record.kind != "gateway":
            yield from _descendants(pid, self._children)


def _children_by_parent() -> Children:
    children: dict[int, list[psutil.Process]] = defaultdict(list)
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            children[process.ppid()].append(process)
    return dict(children)


def _descendants(pid: int, children: Children) -> Iterator[psutil.Process]:
    for child in children.get(pid, ()):
        yield child
        yield from _descendants(child.pid, children)
