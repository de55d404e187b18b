"""Which source files were saved since one looked last.

A look asks the file system about each file, some hundreds, which takes a millisecond. Telling the kernel to watch their
folders instead would watch a whole checkout, `.venv` included, where a function's `CodeUri` is the project's root.
"""

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

LOOK_EVERY_S = 0.2
FRESH_NS = 10**9
"""Longer than it takes from the import of a file to the first look at it. A start too many is cheap."""

# What people write by hand beside their code. A function that writes a file there itself is not to start anew by it.
DATA_SUFFIXES = frozenset(
    [".css", ".graphql", ".html", ".j2", ".jinja", ".js", ".json", ".lua", ".sql", ".toml", ".xml", ".yaml", ".yml"]
)

_Stamp = tuple[int, int, int]


class SourceWatch:
    """Remembers when each file was written. Not for several threads."""

    def __init__(self) -> None:
        self._stamps: dict[Path, _Stamp] = {}
        self._watched: frozenset[Path] = frozenset()
        self._with_data: frozenset[Path] = frozenset()

    def saved(self, sources: frozenset[Path]) -> set[Path]:
        """Those of `sources`, and of the data files beside them, that were written since the last call.

        One that was not asked about before counts where it was written a moment ago: perhaps after it was imported.
        One that is gone counts once it is back: an editor that replaces a file takes it away first.
        """
        if sources != self._watched:
            self._watched, self._with_data = sources, sources | frozenset(data_files(sources))
        found = {file: stamp for file in self._with_data if (stamp := _stamp(file)) is not None}
        moment_ago_ns = time.time_ns() - FRESH_NS
        written = {file for file, stamp in found.items() if self._is_written(file, stamp, moment_ago_ns)}
        self._stamps.update(found)
        return written

    def _is_written(self, file: Path, stamp: _Stamp, moment_ago_ns: int) -> bool:
        before = self._stamps.get(file)
        return stamp[0] > moment_ago_ns if before is None else stamp != before


def data_files(sources: Collection[Path]) -> Iterable[Path]:
    """What people write in the folders of these modules and below them that is no Python: SQL, Lua, templates, schemas.

    A folder below that has modules of its own is looked into only where one of them is among `sources`.
    """
    for folder in {source.parent for source in sources}:
        yield from _data_in(folder)


def touches(saved: Path, sources: frozenset[Path]) -> bool:
    """Whether a function that imported `sources` is touched by a file that was saved."""
    if saved.suffix == ".py":
        return saved in sources
    return any(source.parent in saved.parents for source in sources)


def _data_in(folder: Path) -> Iterable[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir(follow_symlinks=False):
            if not any(path.glob("*.py")):
                yield from _data_in(path)
        elif path.suffix in DATA_SUFFIXES:
            yield path


def _stamp(file: Path) -> _Stamp | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
