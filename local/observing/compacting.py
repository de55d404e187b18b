"""The files of dead processes put together, so that a scrape stays short however many environments there were.

What the reader goes by, and why nothing is lost or doubled, stands in `metrics.files`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import psutil
from prometheus_client.mmap_dict import MmapedDict

from local.environment.log import log
from metrics.files import LIST, Merged, changing, counting_files, is_sum, read_list

DEAD_PROCESSES_MIN = 16
# Counters and histograms add up, of gauges the newest counts. A gauge of another mode is one of a process alone.
_OF_PROCESS = re.compile(r"(counter|histogram|summary|gauge_mostrecent)_(\d+)\.db")
_NEWEST = "gauge_mostrecent"


def compact_below(folder: Path, processes_min: int = DEAD_PROCESSES_MIN) -> None:
    """Do so for each service that has a folder there; where that fails, the folder stays as it is until next time."""
    for service in folder.iterdir() if folder.is_dir() else ():
        if service.is_dir():
            try:
                compact(service, processes_min)
            except Exception as error:  # noqa: BLE001 (a full disk, a damaged file)
                log("warning", "metrics could not be put together", service=service.name, reason=repr(error))


def compact(folder: Path, processes_min: int = DEAD_PROCESSES_MIN) -> int:
    """Put the files of dead processes together where there are so many such processes; return how many there were."""
    with changing(folder):
        merged = _tidied(folder, read_list(folder))
        files = counting_files(folder, merged)
        dead = _dead(files)
        if len(dead) < max(processes_min, 1):
            return 0
        sources = [file for file in files if file.name in merged.sums or _process_of(file) in dead]
        sums = _write_sums(folder, sources, _next_number(merged))
        if _dead(files) >= dead:  # else a new process has the number of a dead one, and counts in its files
            _write_list(folder, Merged(sums, frozenset(file.name for file in sources)))
        _tidied(folder, read_list(folder))
        return len(dead)


def _tidied(folder: Path, merged: Merged) -> Merged:
    """Remove the files that do not count: those that were put together, and what somebody who died had begun."""
    for name in merged.replaced:
        (folder / name).unlink(missing_ok=True)
    for file in folder.glob("*.db"):
        if is_sum(file.name) and file.name not in merged.sums:
            file.unlink()
    if merged.replaced:  # else a later process with the same number would not count
        merged = Merged(merged.sums)
        _write_list(folder, merged)
    return merged


def _dead(files: Iterable[Path]) -> set[int]:
    """The processes that are gone and left files."""
    processes = {process for file in files if (process := _process_of(file)) is not None}
    return {process for process in processes if not psutil.pid_exists(process)}


def _process_of(file: Path) -> int | None:
    found = _OF_PROCESS.fullmatch(file.name)
    return int(found[2]) if found else None


def _next_number(merged: Merged) -> int:
    return max((int(name.rpartition("-")[2].removesuffix(".db")) for name in merged.sums), default=0) + 1


def _write_sums(folder: Path, sources: Iterable[Path], number: int) -> frozenset[str]:
    """One file a kind. Returns their names."""
    kinds: dict[str, list[Path]] = defaultdict(list)
    for file in sources:
        kinds[file.name.rpartition("_")[0]].append(file)
    for kind, files in kinds.items():
        _write_sum(folder / _sum_name(kind, number), files, newest=kind == _NEWEST)
    return frozenset(_sum_name(kind, number) for kind in kinds)


def _write_sum(target: Path, files: Iterable[Path], *, newest: bool) -> None:
    values: dict[str, tuple[float, float]] = {}
    for file in files:
        for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
            before, before_at = values.get(key, (0.0, 0.0))
            if not newest:
                values[key] = (before + value, 0.0)
            elif key not in values or timestamp > before_at:
                values[key] = (value, timestamp)
    written = MmapedDict(str(target))  # type: ignore[no-untyped-call]
    for key, (value, timestamp) in values.items():
        written.write_value(key, value, timestamp)  # type: ignore[no-untyped-call]
    written.close()  # type: ignore[no-untyped-call]


def _sum_name(kind: str, number: int) -> str:
    return f"{kind}_merged-{number}.db"


def _write_list(folder: Path, merged: Merged) -> None:
    """As one step: from then on the sums count, and what is in them does not."""
    unfinished = folder / f"{LIST}.new"
    unfinished.write_text(json.dumps({"sums": sorted(merged.sums), "replaced": sorted(merged.replaced)}))
    unfinished.replace(folder / LIST)
