"""The sizes of a build as text, for people."""

from collections.abc import Sequence

from local.packaging.limits import heaviest, size_text, unpacked_bytes
from local.packaging.manifest import Manifest

_HEAD = ("zip", "zipped", "unpacked", "with layers", "heaviest, unpacked")
_RIGHT = (1, 2, 3)


def size_table(manifest: Manifest) -> str:
    """One line a zip."""
    rows = [
        (
            package.file,
            size_text(package.zipped_bytes),
            size_text(package.unpacked_bytes),
            size_text(unpacked_bytes(package, manifest)) if package.layers else "",
            heaviest(package),
        )
        for package in manifest.packages
    ]
    return _columns([_HEAD, *rows])


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    return "\n".join("  ".join(_cells(row, widths)).rstrip() for row in rows)


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if place in _RIGHT else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
