"""Locked requirements, as pip reads them: one version of each package, and the hashes of its files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from local.packaging.errors import PackagingError

_HASH = "--hash=sha256:"


@dataclass(frozen=True, slots=True)
class Locked:
    """One package. `name` is canonical: `aws-lambda-powertools`."""

    name: str
    version: str
    hashes: frozenset[str]
    """SHA-256, in hexadecimal, of each file of that version."""

    @property
    def line(self) -> str:
        """As a requirements file has it, without its marker: pip would evaluate that for the machine it runs on."""
        return " ".join([f"{self.name}=={self.version}", *(f"{_HASH}{digest}" for digest in sorted(self.hashes))])


def read_lock(path: Path, markers: Mapping[str, str]) -> dict[str, Locked]:
    """The packages by name that are for the target with these markers. Raises PackagingError."""
    lines = _logical_lines(_read(path))
    locked = [found for line in lines if (found := _locked(line, path, markers)) is not None]
    return {one.name: one for one in locked}


def read_extras(path: Path) -> dict[str, frozenset[str]]:
    """The extras that a `.in` file asks for by name: `psycopg[binary]`. A lock does not tell them."""
    wanted = [_requirement(line, path) for line in _logical_lines(_read(path)) if not line.startswith("-")]
    return {canonicalize_name(one.name): frozenset(one.extras) for one in wanted}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise PackagingError(f"{path}: {error.strerror}") from error


def _logical_lines(text: str) -> Iterable[str]:
    """Lines joined where one ends with a backslash, without comments and empty ones."""
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split(" #")[0].strip()
        if words and not words.startswith("#"):
            yield words


def _locked(line: str, path: Path, markers: Mapping[str, str]) -> Locked | None:
    head, *hashes = line.split(_HASH)
    if not hashes:
        raise PackagingError(f"{path.name}: {line} has no hash; lock it")
    requirement = _requirement(head, path)
    if requirement.marker is not None and not requirement.marker.evaluate(dict(markers)):
        return None
    version = str(requirement.specifier).removeprefix("==")
    return Locked(canonicalize_name(requirement.name), version, frozenset(digest.strip() for digest in hashes))


def _requirement(text: str, path: Path) -> Requirement:
    try:
        return Requirement(text.strip())
    except InvalidRequirement as error:
        raise PackagingError(f"{path.name}: {text.strip()} is no requirement: {error}") from error
