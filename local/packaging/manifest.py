"""What a build made: each package with its sizes and digests, as the build, the command and the emulator know it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from local.packaging.entries import Entry
from local.packaging.errors import PackagingError

FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Package:
    """One zip. Sizes in bytes."""

    name: str
    """The logical id in the template."""
    kind: Literal["function", "layer"]
    file: str
    sha256: str
    contents_sha256: str
    """Of the files in it: equal also where another zlib compressed them otherwise."""
    zipped_bytes: int
    unpacked_bytes: int
    python: str
    architecture: str
    layers: tuple[str, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    """Unpacked bytes of each distribution in it, and of our own code; the heaviest first."""
    absent: tuple[str, ...] = ()
    """What its code asks for but does without: optional packages, and layers that it was not given."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All packages of one build."""

    template: str
    """The name of the file that they were made from."""
    packages: tuple[Package, ...]
    format: Literal[1] = 1

    def package(self, name: str) -> Package:
        """The package of that logical id. Raises PackagingError."""
        for package in self.packages:
            if package.name == name:
                return package
        raise PackagingError(f"nothing was packed for {name}")

    def with_layers(self, function: Package) -> tuple[Package, ...]:
        """A function's package, and those of its layers in the template's order."""
        return (function, *(self.package(name) for name in function.layers))

    def as_json(self) -> str:
        """The text of `manifest.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


_DOCUMENT = TypeAdapter(Manifest)


def weights_of(entries: Mapping[str, Entry]) -> dict[str, int]:
    """Unpacked bytes by origin, the heaviest first."""
    weights: Counter[str] = Counter()
    for entry in entries.values():
        weights[entry.origin] += len(entry.data)
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))


def read_manifest(dist: Path) -> Manifest:
    """Read a build's manifest. Raises PackagingError where there is none, or one of another version of us."""
    path = dist / FILE_NAME
    try:
        return _DOCUMENT.validate_json(path.read_bytes())
    except OSError as error:
        raise PackagingError(f"{dist} has no packages; make them: ./recours package --out {dist}") from error
    except ValidationError as error:
        raise PackagingError(f"{path} cannot be read; package again") from error
