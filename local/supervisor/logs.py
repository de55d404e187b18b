"""The processes' log files: appended to, and set aside once large, so that they never fill a disk by many starts."""

from pathlib import Path
from typing import IO

LOG_BYTES_MAX = 10 * 1024 * 1024


def open_log(file: Path) -> IO[bytes]:
    """Open a log for appending; one that is over 10 MiB becomes `<name>.log.1` first, in place of the one before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def last_lines(file: Path, count: int = 20, bytes_max: int = 65_536) -> list[str]:
    """Return the log's last lines without reading all of it; none when there is no such file."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - bytes_max))
            return log.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
