"""A wheel, opened: its files as they are installed, and what it says of itself."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from local.packaging.errors import PackagingError

_INSTALLED = ("purelib", "platlib")
_MODE_SHIFT = 16
_EXECUTABLE = 0o111


@dataclass(frozen=True)
class Wheel:
    """One wheel file. `name` is canonical."""

    path: Path
    name: str
    version: str

    @cached_property
    def members(self) -> dict[str, zipfile.ZipInfo]:
        """Its files by the path that they are installed at, below site-packages; scripts and headers are not."""
        with zipfile.ZipFile(self.path) as archive:
            return dict(_installed(archive.infolist()))

    @cached_property
    def import_names(self) -> frozenset[str]:
        """What can be imported from it: the first parts of its modules' names."""
        files = [name for name in self.members if name.endswith((".py", ".so")) and ".dist-info/" not in name]
        return frozenset(name.split("/")[0].split(".")[0] for name in files)

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """Its `Requires-Dist`."""
        headers = BytesHeaderParser().parsebytes(self.read(self._metadata_name()))
        return tuple(Requirement(line) for line in headers.get_all("Requires-Dist", []))

    def read(self, name: str) -> bytes:
        """The contents of one file."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.members[name])

    def contents(self, names: list[str]) -> Iterator[tuple[str, bytes, bool]]:
        """Name, contents, and whether it is a program, of these files."""
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                member = self.members[name]
                yield name, archive.read(member), bool(member.external_attr >> _MODE_SHIFT & _EXECUTABLE)

    def _metadata_name(self) -> str:
        for name in self.members:
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                return name
        raise PackagingError(f"{self.path.name} is no wheel: it has no METADATA")


def open_wheel(path: Path) -> Wheel:
    """The wheel in a file, by its name. Raises PackagingError for another file."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise PackagingError(f"{path.name} is no wheel: {error}") from error
    return Wheel(path, canonicalize_name(name), str(version))


def _installed(members: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    for member in members:
        folder, _, rest = member.filename.partition("/")
        if member.is_dir():
            continue
        if folder.endswith(".data"):
            kind, _, rest = rest.partition("/")
            if kind in _INSTALLED:
                yield rest, member
        else:
            yield member.filename, member
