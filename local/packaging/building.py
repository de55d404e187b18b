"""`build`: from a template to a folder with its packages."""

import hashlib
import os
from pathlib import Path

from local.packaging.archive import Compressor, contents_sha256, write_zip
from local.packaging.assembling import Assembled, Assembler
from local.packaging.deployable import deployable
from local.packaging.errors import PackagingError
from local.packaging.fetching import Tell
from local.packaging.manifest import FILE_NAME, Manifest, Package, read_manifest, weights_of
from local.packaging.resources import FunctionSource, LayerSource, read_sources
from local.packaging.target import Architecture, Target

TEMPLATE_NAME = "template.yaml"


def build(
    template: Path, dist: Path, cache: Path, tell: Tell, *, architecture: Architecture | None = None, macos: str = ""
) -> Manifest:
    """Pack every function and layer of a template into `dist`, with the template that names the zips.

    `cache` keeps wheels, `tell` hears what is being done. `architecture`: another than the template's; `macos`: for
    this laptop alone, and not for Lambda. Raises TemplateError, PackagingError, OSError.
    """
    sources = read_sources(template)
    for name in sources.left_alone:
        tell(f"{name} stays as it is: its code is an image, inline, or not on this machine")
    packages = []
    dist.mkdir(parents=True, exist_ok=True)
    assembler, compress = Assembler(sources, dist, cache, tell), Compressor()
    everything: tuple[LayerSource | FunctionSource, ...] = (*sources.layers, *sources.functions)
    for source in everything:
        target = Target(source.python, architecture or source.architecture, macos)
        package, data = _packed(source, target, _assembled(assembler, source, target), compress)
        _write(dist / package.file, data)
        packages.append(package)
        tell(f"packed {package.name}")
    manifest = Manifest(template.name, tuple(packages))
    _write(dist / TEMPLATE_NAME, deployable(sources.document, manifest).encode())
    _remove_former(dist, manifest)
    _write(dist / FILE_NAME, manifest.as_json().encode())
    return manifest


def _assembled(assembler: Assembler, source: FunctionSource | LayerSource, target: Target) -> Assembled:
    if isinstance(source, FunctionSource):
        return assembler.function(source, target)
    return assembler.layer(source, target)


def _packed(
    source: FunctionSource | LayerSource, target: Target, assembled: Assembled, compress: Compressor
) -> tuple[Package, bytes]:
    entries = assembled.entries
    if not entries:
        raise PackagingError(f"{source.name} has no files, and Lambda takes no empty zip")
    data = write_zip(entries, compress)
    package = Package(
        name=source.name,
        kind="function" if isinstance(source, FunctionSource) else "layer",
        file=f"{source.name}.zip",
        sha256=hashlib.sha256(data).hexdigest(),
        contents_sha256=contents_sha256(entries),
        zipped_bytes=len(data),
        unpacked_bytes=sum(len(entry.data) for entry in entries.values()),
        python=target.python,
        architecture=target.architecture,
        layers=source.layers if isinstance(source, FunctionSource) else (),
        weights=weights_of(entries),
        absent=assembled.absent,
    )
    return package, data


def _write(path: Path, data: bytes) -> None:
    """Replace the file as one step, and not at all where it is the same: its time then tells when it last changed."""
    if path.is_file() and path.read_bytes() == data:
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(data)
    os.replace(unfinished, path)


def _remove_former(dist: Path, manifest: Manifest) -> None:
    """Remove the zips of an earlier build that this one did not make. Files that are not ours stay."""
    try:
        former = read_manifest(dist)
    except PackagingError:
        return
    for name in {package.file for package in former.packages} - {package.file for package in manifest.packages}:
        (dist / name).unlink(missing_ok=True)
