"""An environment's log: what the function prints and Lambda's lines around it, in one file of bounded size."""

import os
import shutil
from pathlib import Path

from local.environment.log import log
from local.supervisor.logs import LOG_BYTES_MAX, open_log

TAIL_BYTES_MAX = 4096  # what LogType=Tail gives


class LogFile:
    """Written to by the environment's process and by us, both by appending. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        open_log(path).close()
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    def write(self, lines: bytes) -> None:
        """Append whole lines, behind the end of one that the function left open.

        A full disk must not fail the invocation that is being told about: it is written by nobody then.
        """
        try:
            os.write(self._fd, lines if self._ends_with_a_line() else b"\n" + lines)
        except OSError as error:
            log("error", "a function's log cannot be written", file=str(self.path), reason=str(error))

    def size(self) -> int:
        """Its bytes: where what is written next begins."""
        return os.fstat(self._fd).st_size

    def tail_since(self, start: int) -> bytes:
        """The last 4 KiB of what was written from `start` on."""
        end = self.size()
        begin = max(start, end - TAIL_BYTES_MAX)
        with self.path.open("rb") as file:
            file.seek(begin)
            return file.read(end - begin)

    def rotate_if_large(self) -> None:
        """Set aside what is over 10 MiB. Call it between two invocations.

        The process has the file open, so it is emptied in place: both append, and go on at its beginning.
        """
        if self.size() > LOG_BYTES_MAX:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)

    def close(self) -> None:
        """Let go of the file, once and for all."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _ends_with_a_line(self) -> bool:
        size = self.size()
        return size == 0 or os.pread(self._fd, 1, size - 1) in (b"\n", b"")
