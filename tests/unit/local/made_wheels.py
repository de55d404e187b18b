"""Wheels made by hand, so that packing is tested without any index."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

TARGET_TAG = "cp313-cp313-manylinux_2_28_x86_64"


def make_wheel(
    folder: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.0",
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel that pip takes, and return its path."""
    distribution = name.replace("-", "_")
    info = f"{distribution}-{version}.dist-info"
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata = [*head, *(f"Requires-Dist: {one}" for one in requires)]
    path = folder / f"{distribution}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
        archive.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def lock_lines(*wheels: Path) -> str:
    """The lines of a lock for these wheels."""
    lines = []
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{digest}\n")
    return "".join(lines)
