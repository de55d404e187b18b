"""The zips of a build, by the function or layer that each is the code of."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.deploying.errors import DeployError
from local.template import TemplateError
from local.template.known import FUNCTION, LAYER
from local.template.shapes import mapping_of
from local.template.yaml_tags import read_yaml

TEMPLATE_NAME = "template.yaml"
CODE: Mapping[object, str] = {FUNCTION: "CodeUri", LAYER: "ContentUri"}
"""The property that names the zip, by the type of the resource."""


@dataclass(frozen=True, slots=True)
class Zip:
    """One zip. `sha256` in hexadecimal digits."""

    path: Path
    sha256: str

    @property
    def file(self) -> str:
        """Its name in a bucket, where equal contents have one name: `3f….zip`."""
        return f"{self.sha256}.zip"

    @property
    def code_sha256(self) -> str:
        """As Lambda tells it: in base64."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True, slots=True)
class Build:
    """A folder that `./recours package` filled; `document` is its template, with nothing resolved."""

    folder: Path
    document: Mapping[str, object]
    zips: Mapping[str, Zip]
    """By logical id."""

    @property
    def template(self) -> Path:
        """The template that names the zips."""
        return self.folder / TEMPLATE_NAME


def read_build(folder: Path) -> Build:
    """Read a build. Raises DeployError where there is none, or a zip is missing; TemplateError."""
    template = folder / TEMPLATE_NAME
    if not template.is_file():
        raise DeployError(f"{folder} has no packages; make them: ./recours package --out {folder}")
    document = read_yaml(template)
    resources = mapping_of(document.get("Resources"), "Resources")
    found = {name: _zip(folder, name, mapping_of(body, name)) for name, body in resources.items()}
    return Build(folder, document, {name: one for name, one in found.items() if one is not None})


def _zip(folder: Path, name: str, body: Mapping[str, object]) -> Zip | None:
    """The zip of a function or layer, or None for code that is in a bucket, and for other resources."""
    where = CODE.get(body.get("Type"))
    if where is None:
        return None
    place = mapping_of(body.get("Properties"), f"{name}.Properties").get(where)
    if isinstance(place, dict) or (isinstance(place, str) and "://" in place):
        return None
    if not isinstance(place, str):
        raise TemplateError(f"{name}.Properties.{where}: missing; package again")
    path = folder / place
    if not path.is_file():
        raise DeployError(f"{path}: the zip of {name} is not there; package again: ./recours package --out {folder}")
    with path.open("rb") as file:
        return Zip(path, hashlib.file_digest(file, "sha256").hexdigest())
