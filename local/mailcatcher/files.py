"""Files that are there whole or not at all."""

from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file; when this returns it survives the end of this process. Raises OSError.

    Not synced to the disk: that cost more than all the rest of a mail, and what is caught here is looked at, not kept.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.rename(path)
