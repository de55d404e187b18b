"""A child that cannot outlive its parent, even when the parent is killed with SIGKILL."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def leash(death_signal: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Return a `preexec_fn` for `subprocess.Popen` after which the parent's death sends `death_signal` to the child.

    Python calls a `preexec_fn` after it changed user and group, which matters: the kernel forgets the signal at that
    change. The signal comes when the *thread* that started the child ends, so start children from a thread that lives
    as long as the process. Source: prctl(2), PR_SET_PDEATHSIG.

    macOS has nothing like it: there the pids recorded in the state file are ended at the next start.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def tie() -> None:
        if prctl is None:
            return
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the leash was on
            os._exit(1)

    return tie
