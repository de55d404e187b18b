"""What the functions print goes to files; a container's owner reads standard output. This brings it there."""

import sys
import threading
from pathlib import Path
from typing import IO

_LOOK_EVERY_S = 0.2


class LogRelay:
    """Writes what is added to any `*.log` of a folder to `out`, in whole lines, as it stands."""

    def __init__(self, folder: Path, out: IO[bytes] | None = None) -> None:
        self._folder = folder
        self._out = out or sys.stdout.buffer
        self._read: dict[Path, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._relay, name="log-relay", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own, with what comes from now on."""
        self._read = {file: file.stat().st_size for file in self._folder.glob("*.log")}
        self._thread.start()

    def close(self) -> None:
        """Write what is still to be written, and end."""
        self._stop.set()
        self._thread.join()

    def _relay(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self._look()
        self._look()

    def _look(self) -> None:
        for file in sorted(self._folder.glob("*.log")):
            lines, self._read[file] = _added(file, self._read.get(file, 0))
            self._out.write(lines)
        self._out.flush()


def _added(file: Path, offset: int) -> tuple[bytes, int]:
    """The whole lines after `offset`, and where they end. A file that is shorter by now was emptied: from its start."""
    with file.open("rb") as log:
        start = offset if file.stat().st_size >= offset else 0
        log.seek(start)
        text = log.read()
    whole = text[: text.rfind(b"\n") + 1]
    return whole, start + len(whole)
