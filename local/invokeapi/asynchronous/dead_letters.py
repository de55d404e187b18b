"""A folder of records that nobody else took: the last place of an event that was given up."""

import os
from pathlib import Path


class DeadLetters:
    """One file an event, `<request id>.json`, which only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, request_id: str, record: bytes) -> Path:
        """Keep a record, on disk on return; written twice, it is the same file. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{request_id}.json"
        unfinished = file.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(record)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
        _sync_folder(self._folder)
        return file


def _sync_folder(folder: Path) -> None:
    """The new name, too, must outlive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
