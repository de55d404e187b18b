"""Files that are there whole or not at all, also after the machine lost power."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file; when this returns it survives a crash. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: of a file that was written, but whose name was not, nothing is found."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
