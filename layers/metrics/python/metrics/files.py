"""Which files of a folder hold the values of a service's processes, while some of the files are put together.

prometheus_client keeps each process's values in files that outlive it. Days of cold starts leave thousands, and each
scrape reads them all; so whoever watches the system adds those of dead processes up, see `local.observing.compacting`.
The list `merged.json` says which of the sums count and what is in them already. It is replaced as one step, and whoever
reads holds a lock meanwhile: at every moment, and wherever the other process dies, each value counts once.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LIST = "merged.json"
_LOCK = "lock"
_SUM = re.compile(r"\w+_merged-\d+\.db")


class Merged(NamedTuple):
    """Names of files: the sums that count, and the files that are in them and do not count any more."""

    sums: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()


@contextmanager
def reading(folder: Path) -> Iterator[list[Path]]:
    """The files that count, which stay until the end. Raises FileNotFoundError where there is no folder."""
    with _locked(folder, fcntl.LOCK_SH):
        yield counting_files(folder, read_list(folder))


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Nobody reads meanwhile, and nobody else changes which files there are; processes go on writing to theirs."""
    with _locked(folder, fcntl.LOCK_EX):
        yield


def read_list(folder: Path) -> Merged:
    """What was put together until now."""
    try:
        told = json.loads((folder / LIST).read_bytes())
    except FileNotFoundError:
        return Merged()
    return Merged(frozenset(told["sums"]), frozenset(told["replaced"]))


def counting_files(folder: Path, merged: Merged) -> list[Path]:
    """The files whose values count. One that is empty was created a moment ago: prometheus_client cannot read it."""
    with os.scandir(folder) as entries:
        found = [entry.name for entry in entries if entry.name.endswith(".db") and entry.stat().st_size > 0]
    return [folder / name for name in sorted(found) if name not in merged.replaced and _counts(name, merged)]


def is_sum(name: str) -> bool:
    """Whether the file of that name was written by putting others together."""
    return _SUM.fullmatch(name) is not None


def _counts(name: str, merged: Merged) -> bool:
    return name in merged.sums or not is_sum(name)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        # Closing alone is not enough: a process that is just being started from here has the descriptor too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)
