"""What stands in a package: files with their contents, each from somewhere that can be named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.packaging.errors import PackagingError
from local.packaging.trimming import packed_files
from local.packaging.wheels import Wheel

OWN = "own code"
_LEFT_OUT_FOLDERS = frozenset({"__pycache__", "node_modules"})
_LEFT_OUT_SUFFIXES = (".pyc", ".pyo")
_EXECUTABLE = 0o100


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `name` is its path in the zip, with slashes; `origin` a distribution, or `own code`."""

    name: str
    data: bytes
    origin: str
    is_program: bool = False


def folder_entries(folder: Path, prefix: str = "", without: Path | None = None) -> Iterator[Entry]:
    """Every file below a folder, below `prefix` in the zip.

    Caches, what begins with a dot, and what stands below the folder `without` are left out. Raises PackagingError for
    a link that could not be followed: here the code would find what stands behind it, on Lambda not.
    """
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if _is_left_out(place) or (without and path.is_relative_to(without)):
            continue
        if path.is_file():
            yield file_entry(path, f"{prefix}{place.as_posix()}")
        elif path.is_symlink():
            raise PackagingError(f"{path} is a link, but not to a file; only links to files are packed")


def file_entry(path: Path, name: str) -> Entry:
    """One file of ours. Raises PackagingError for a name that a zip cannot hold."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PackagingError(f"{name!r}: the file's name is not UTF-8") from error
    return Entry(name, path.read_bytes(), OWN, bool(path.stat().st_mode & _EXECUTABLE))


def wheel_entries(wheel: Wheel, prefix: str = "") -> Iterator[Entry]:
    """What is packed of a wheel, below `prefix` in the zip."""
    for name, data, is_program in wheel.contents(packed_files(wheel)):
        yield Entry(f"{prefix}{name}", data, wheel.name, is_program)


def merged(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """The entries by name, sorted. Raises PackagingError where two differ at one place."""
    found: dict[str, Entry] = {}
    for entry in entries:
        before = found.setdefault(entry.name, entry)
        if before.data != entry.data:
            raise PackagingError(f"{before.origin} and {entry.origin} both have {entry.name}")
    return dict(sorted(found.items()))


def _is_left_out(place: Path) -> bool:
    return (
        not _LEFT_OUT_FOLDERS.isdisjoint(place.parts)
        or any(part.startswith(".") for part in place.parts)
        or place.name.endswith(_LEFT_OUT_SUFFIXES)
    )
