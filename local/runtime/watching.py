"""Which source files were saved since one looked last.

A look asks the file system about each file, some hundreds, which takes a millisecond. Telling the kernel to watch their
folders instead would watch a whole checkout, `.venv` included, where a function's `CodeUri` is the project's root.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from local.paths import DataDirectory

LOOK_EVERY_S = 0.2

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

    def saved(self, sources: frozenset[Path], started_ns: int) -> set[Path]:
        """Those of `sources`, and of the data files beside them, that were written since the last call.

        A source that was not asked about before counts where it was written after `started_ns` (since the epoch), when
        those who imported it began. A file that is gone counts once it is back: an editor that replaces a file takes
        it away first.
        """
        if sources != self._watched:
            self._watched, self._with_data = sources, sources | frozenset(data_files(sources))
        found = {file: stamp for file in self._with_data if (stamp := _stamp(file)) is not None}
        written = {file for file, stamp in found.items() if self._is_written(file, stamp, started_ns)}
        self._stamps.update(found)
        return written

    def _is_written(self, file: Path, stamp: _Stamp, started_ns: int) -> bool:
        before = self._stamps.get(file)
        if before is None:
            return file in self._watched and stamp[0] > started_ns
        return stamp != before


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
            if not any(path.glob("*.py")) and not _is_ours(path):
                yield from _data_in(path)
        elif path.suffix in DATA_SUFFIXES:
            yield path


def _is_ours(folder: Path) -> bool:
    """Whether a system keeps its data there: what that writes is no source, and would start functions for ever."""
    data = DataDirectory(folder)
    return data.lock_file.exists() or data.environments_file.exists()


def _stamp(file: Path) -> _Stamp | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
