"""The files of dead processes put together: at every moment each value counts once."""

import fcntl
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from local.observing.compacting import compact, compact_below
from metrics.exposition import collect
from metrics.files import reading

DEAD = range(9_000_001, 9_000_018)  # more than a kernel gives


class DiedError(BaseException):
    """What stands for the end of the process in these tests."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seventeen dead processes and one that lives; each counted 1, and set its gauge after the one before."""
    for place, process in enumerate([*DEAD, os.getpid()]):
        count(tmp_path, process, level=float(place))
    return tmp_path


def count(folder: Path, process: int, amount: float = 1.0, level: float = 0.0) -> None:
    """What a process does that counts: as prometheus_client writes it."""
    write(folder / f"counter_{process}.db", mmap_key("tried", "tried_total", ["kind"], ["a"], "Tried"), amount)
    write(folder / f"histogram_{process}.db", mmap_key("took", "took_sum", [], [], "Took"), amount * 0.25)
    for le in ("0.5", "+Inf"):
        write(folder / f"histogram_{process}.db", mmap_key("took", "took_bucket", ["le"], [le], "Took"), amount)
    write(folder / f"gauge_mostrecent_{process}.db", mmap_key("level", "level", [], [], "Level"), level, 100.0 + level)


def write(file: Path, key: str, amount: float, at: float = 0.0) -> None:
    values = MmapedDict(str(file))  # type: ignore[no-untyped-call]
    before, _ = values.read_value(key)  # type: ignore[no-untyped-call]
    values.write_value(key, amount if at else before + amount, at)  # type: ignore[no-untyped-call]
    values.close()  # type: ignore[no-untyped-call]


def told(folder: Path) -> dict[str, float]:
    samples = [sample for metric in collect(folder).collect() for sample in metric.samples]
    return {sample.name + "".join(sample.labels.values()): sample.value for sample in samples}


def expected(processes: float) -> dict[str, float]:
    return {
        "tried_totala": processes,
        "took_sum": processes * 0.25,
        "took_bucket0.5": processes,
        "took_bucket+Inf": processes * 2,
        "took_count": processes * 2,
        "level": 17.0,
    }


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.db"))


def test_what_the_dead_counted_is_one_file_a_kind_and_tells_the_same(folder: Path) -> None:
    assert told(folder) == expected(18)
    assert compact(folder) == 17
    assert told(folder) == expected(18)
    own = os.getpid()
    assert files(folder) == sorted(
        f"{kind}_{whose}.db" for kind in ("counter", "gauge_mostrecent", "histogram") for whose in (own, "merged-1")
    )


def test_each_service_is_looked_after_by_itself(tmp_path: Path) -> None:
    compact_below(tmp_path / "not there yet")
    for service in ("claims", "audit"):
        (tmp_path / service).mkdir()
        count(tmp_path / service, DEAD[0])
    compact_below(tmp_path, 1)
    for service in ("claims", "audit"):
        assert files(tmp_path / service) == [
            f"{kind}_merged-1.db" for kind in ("counter", "gauge_mostrecent", "histogram")
        ]


def test_who_lives_goes_on_counting(folder: Path) -> None:
    compact(folder)
    count(folder, os.getpid(), 4.0, level=17.0)
    assert told(folder) == expected(22)


def test_those_who_die_later_are_added_to_the_sum(folder: Path) -> None:
    for _ in range(3):
        compact(folder)
        for process in DEAD:  # the numbers of processes come round again
            count(folder, process)
    compact(folder)
    assert told(folder) == expected(18 + 3 * 17)
    assert len(files(folder)) == 6


def test_a_few_dead_processes_are_left_alone(folder: Path) -> None:
    before = files(folder)
    assert compact(folder, 18) == 0
    assert files(folder) == before


def test_a_gauge_of_the_dead_gives_way_to_a_newer_one(folder: Path) -> None:
    (folder / f"gauge_mostrecent_{os.getpid()}.db").unlink()
    compact(folder)
    assert told(folder)["level"] == 16
    count(folder, os.getpid(), level=50.0)
    assert told(folder)["level"] == 50


def test_whoever_dies_in_the_midst_loses_nothing_and_doubles_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps_max in range(1000):
        with monkeypatch.context() as patch, Steps(patch, steps_max) as steps:
            compact(folder)
        assert told(folder) == expected(18), f"after {steps_max} steps"
        if not steps.died:
            break
    assert steps_max > 10
    assert told(folder) == expected(18)
    assert len(files(folder)) == 6


class Steps:
    """Lets so many changes of the folder happen, and dies before the next one."""

    def __init__(self, patch: pytest.MonkeyPatch, steps_max: int) -> None:
        self._left = steps_max
        self.died = False
        for of, name in (
            (Path, "unlink"), (Path, "replace"), (Path, "write_text"), (MmapedDict, "__init__"),
            (MmapedDict, "write_value"),
        ):  # fmt: skip
            patch.setattr(of, name, self._counting(getattr(of, name)))

    def _counting(self, step: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **named: object) -> object:
            if self._left == 0:
                raise DiedError
            self._left -= 1
            return step(*arguments, **named)

        return counted

    def __enter__(self) -> "Steps":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self.died = kind is DiedError
        return self.died


def test_a_new_process_with_the_number_of_a_dead_one_keeps_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(folder)
    asked: Counter[int] = Counter({os.getpid(): 2})

    def exists_at_the_second_look(process: int) -> bool:
        asked[process] += 1
        return asked[process] > 1

    monkeypatch.setattr(psutil, "pid_exists", exists_at_the_second_look)
    compact(folder)
    assert files(folder) == before


def test_nobody_changes_the_files_while_somebody_reads(folder: Path) -> None:
    with reading(folder), reading(folder), (folder / "lock").open("r+") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_that_was_created_a_moment_ago_is_left_out(folder: Path) -> None:
    (folder / "counter_9000099.db").touch()
    assert told(folder) == expected(18)
    assert compact(folder) == 17
    assert told(folder) == expected(18)
