"""Zips unpacked as Lambda lays them out: the function's at /var/task, its layers one over the other at /opt."""

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from local.packaged.in_use import hold, remove_unused
from local.packaging.manifest import Manifest, Package

_DIGEST_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """One function, unpacked. All of its environments read the same files."""

    folder: Path

    @property
    def task(self) -> Path:
        """What is /var/task on Lambda."""
        return self.folder / "task"

    @property
    def opt(self) -> Path:
        """What is /opt on Lambda."""
        return self.folder / "opt"

    @property
    def compiled(self) -> Path:
        """Where Python keeps what it compiled: not beside the sources, where a function on Lambda cannot write."""
        return self.folder.parent / "compiled"

    def import_path(self, python: str) -> list[str]:
        """Where the function's modules are looked up, before the runtime's own. Source: Lambda's Python runtimes."""
        below_opt = self.opt / "python"
        return [str(self.task), str(below_opt / f"lib/python{python}/site-packages"), str(below_opt)]


def unpack(manifest: Manifest, function: Package, dist: Path) -> Layout:
    """Unpack a function with its layers below `dist`, once for the same zips. Raises OSError.

    The folder stays for as long as this process lives; the function's former ones go, unless another process has them.
    """
    packages = manifest.with_layers(function)
    scratch = dist.resolve() / "unpacked"
    scratch.mkdir(parents=True, exist_ok=True)
    layout = Layout(scratch / f"{function.name}-{_digest(packages)}")
    hold(layout.folder)
    if not layout.folder.is_dir():
        _unpack_aside(layout.folder, packages, dist)
        _remove_former(layout, function.name)
    return layout


def _digest(packages: tuple[Package, ...]) -> str:
    text = " ".join(package.sha256 for package in packages)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def _unpack_aside(folder: Path, packages: tuple[Package, ...], dist: Path) -> None:
    """Move into place once whole. Another process may have been quicker: its files are the same."""
    function, *layers = packages
    unfinished = Path(mkdtemp(dir=folder.parent))
    try:
        _extract(dist / function.file, unfinished / "task")
        (unfinished / "opt").mkdir()
        for layer in layers:  # a later layer's file takes the place of an earlier one's
            _extract(dist / layer.file, unfinished / "opt")
        os.rename(unfinished, folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _extract(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)


def _remove_former(layout: Layout, name: str) -> None:
    pattern = f"{name}-{'?' * _DIGEST_LENGTH}"
    for folder in layout.folder.parent.glob(pattern):
        if folder != layout.folder and folder.is_dir():
            remove_unused(folder, layout.compiled / folder.relative_to(folder.anchor))
