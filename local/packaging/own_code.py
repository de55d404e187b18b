"""Which files of a function's folder go with it, where the folder holds other functions too."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from local.packaging.entries import Entry, file_entry, folder_entries
from local.packaging.reach import Reach


def own_entries(found: Reach, handler_module: str, folder: Path, layers: Sequence[Path]) -> Iterator[Entry]:
    """The files below the code's folder that a handler needs; what it reaches in layers, though below it, is none.

    Of the handler's package, and of every other one that it reaches, everything goes, texts and templates included. Of
    the packages above the handler's, in which the other functions stand, only the modules that it reaches do.
    """
    files = [file for file in found.files.values() if file.is_file() and _is_in(file, folder, layers)]
    above = _above(found.files[handler_module], folder)
    whole = {file.parent for file in files} - above
    # A package within another one that goes anyway would only be read twice.
    for package in sorted(one for one in whole if whole.isdisjoint(one.parents)):
        yield from folder_entries(package, f"{package.relative_to(folder).as_posix()}/")
    for file in files:
        if file.parent in above:
            yield file_entry(file, file.relative_to(folder).as_posix())


def _is_in(file: Path, folder: Path, layers: Sequence[Path]) -> bool:
    return file.is_relative_to(folder) and not any(file.is_relative_to(layer) for layer in layers)


def _above(handler_file: Path, folder: Path) -> set[Path]:
    """The code's folder, and those between it and the handler's package."""
    return {folder, *(parent for parent in handler_file.parent.parents if parent.is_relative_to(folder))}
