"""The processes' log files: appended to, and set aside once large, so that they never fill a disk by many starts."""

import os
from pathlib import Path
from typing import IO

LOG_BYTES_MAX = 10 * 1024 * 1024
_BLOCK_BYTES = 64 * 1024


def open_log(file: Path) -> IO[bytes]:
    """Open a log for appending; one that is over 10 MiB becomes `<name>.log.1` first, in place of the one before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def last_lines(file: Path, count: int = 20) -> list[str]:
    """Return the log's last `count` whole lines without reading more than is needed; none where there is no file."""
    try:
        with file.open("rb") as log:
            return _tail(log, count).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _tail(log: IO[bytes], count: int) -> bytes:
    """Read back from the end, block by block, until there are enough ends of lines."""
    start = log.seek(0, os.SEEK_END)
    blocks: list[bytes] = []
    while start > 0 and sum(block.count(b"\n") for block in blocks) <= count:
        size = min(start, _BLOCK_BYTES)
        start = log.seek(start - size)
        blocks.insert(0, log.read(size))
    lines = b"".join(blocks).splitlines(keepends=True)
    return b"".join(lines[max(0, len(lines) - count) :])
