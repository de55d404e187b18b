"""What of a wheel goes into a package: what runs, what is read while it runs, and the licences."""

from collections.abc import Iterable
from dataclasses import dataclass

from local.packaging.wheels import Wheel

_NOT_RUN = (".c", ".h", ".pxd", ".pyc", ".pyi", ".pyx", "/py.typed")
_TESTS = frozenset({"test", "tests"})
_READ_OF_DIST_INFO = ("METADATA", "entry_points.txt")
"""importlib.metadata finds versions and plug-ins there. What installers write of themselves differs by installer."""
_LICENCES = ("copying", "licence", "license", "notice")


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a distribution that is needed at run time, where that is not all of it."""

    files: frozenset[str]
    requires_nothing: bool = True


PARTS = {
    # The rest is its command line, with botocore, setuptools and pip behind it. `chalice package` packs the same two.
    "chalice": Part(frozenset({"chalice/__init__.py", "chalice/app.py"})),
}


def packed_files(wheel: Wheel) -> list[str]:
    """The files of a wheel that are packed."""
    part = PARTS.get(wheel.name)
    return [name for name in wheel.members if _is_packed(name) and (part is None or _is_of_part(name, part))]


def requires_nothing(distribution: str) -> bool:
    """Whether what is packed of it needs none of the requirements that it declares."""
    return distribution in PARTS and PARTS[distribution].requires_nothing


def _is_of_part(name: str, part: Part) -> bool:
    return name in part.files or ".dist-info/" in name


def _is_packed(name: str) -> bool:
    folder, _, rest = name.partition("/")
    if folder.endswith(".dist-info"):
        return rest in _READ_OF_DIST_INFO or rest.rpartition("/")[2].lower().startswith(_LICENCES)
    return not name.endswith(_NOT_RUN) and not _is_below(name, _TESTS)


def _is_below(name: str, folders: Iterable[str]) -> bool:
    """Whether it stands in such a folder of a package; a package of that name itself is one that somebody wants."""
    return not set(name.split("/")[1:-1]).isdisjoint(folders)
