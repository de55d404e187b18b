"""How much memory a process has: what is resident of it, in MB of 2^20 bytes, as Lambda counts."""

import os
from contextlib import suppress

import psutil

_MB = 1 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryMeter:
    """Measures one process, cheaply where there is a /proc: an open file is read again instead of being looked up."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.largest_mb = 0
        """The largest of all measures so far."""
        self._fd: int | None = None
        with suppress(OSError):
            self._fd = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def measure_mb(self) -> int:
        """What is resident now; 0 once the process is gone."""
        used = self.measure_bytes() // _MB
        self.largest_mb = max(self.largest_mb, used)
        return used

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def measure_bytes(self) -> int:
        """What is resident now, in bytes; 0 once the process is gone."""
        if self._fd is None:
            return self._ask_psutil()
        try:
            fields = os.pread(self._fd, 128, 0).split()
        except OSError:  # ESRCH: it ended
            return 0
        return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0

    def _ask_psutil(self) -> int:
        try:
            return int(psutil.Process(self._pid).memory_info().rss)
        except psutil.Error:
            return 0
