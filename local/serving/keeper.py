"""The parent of a served process: it passes signals on, and ends as its child does, which the container's owner sees.

Nothing is started again here: that is the container's owner's to do (`restart: unless-stopped`, a Kubernetes pod).
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from local.paths import ROOT
from local.servers.leash import leash
from local.serving.parts import Part

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
KILLED = 128  # what a shell adds to the number of the signal that ended a program


class Keeper:
    """Starts the part's process; call everything from the main thread, on whose end the process is tied."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._child: subprocess.Popen[bytes] | None = None
        self._is_asked_to_stop = False

    def run(self) -> int:
        """Start it, wait until it has ended, and return its exit code."""
        with self._signals_passed_on():
            # Waited for with every signal's handler in place: as the first process of a container we have no others.
            self._child = child = self._spawn()
            if self._is_asked_to_stop:
                child.send_signal(signal.SIGTERM)
            code = child.wait()
        return code if code >= 0 else KILLED - code

    @property
    def is_running(self) -> bool:
        """Whether the process is there. May be asked from any thread."""
        return self._child is not None and self._child.returncode is None

    def _spawn(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._part.command,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, **self._part.environment},
            pass_fds=[one.fileno() for one in self._part.sockets],
            start_new_session=True,  # Ctrl-C reaches us alone, and we tell the child once
            preexec_fn=leash(),
        )

    @contextmanager
    def _signals_passed_on(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._pass_on) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked_to_stop = True
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
