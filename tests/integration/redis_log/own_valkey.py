"""A Valkey of a test's own, to be killed, stopped, filled and misconfigured."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.servers import prepare
from local.servers.ports import free_port
from local.servers.spec import spawn

READY_S_MAX = 30.0


class OwnValkey:
    """One server with one data directory, which it keeps from one start to the next."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._spec = prepare("valkey", directory, free_port())
        self._spec = type(self._spec)(**{**vars(self._spec), "command": (*self._spec.command, *options)})
        self._log_file = directory / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self._spec.url
        self.port = self._spec.port

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log_file.open("ab") as log:
            self._process = spawn(self._spec, log)
        deadline = time.monotonic() + READY_S_MAX
        while not self._spec.is_ready():
            assert self._process.poll() is None, self._log_file.read_text()
            assert time.monotonic() < deadline, "Valkey is not ready"
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9"""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and commands and answers nothing, until the block ends."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self._process is not None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)  # nothing happens where it has ended by itself
