"""What a handler left running: Lambda ends all of an environment, and so do we."""

import os
import signal
from contextlib import suppress


def kill_group(pid: int) -> None:
    """Kill every process of the session that `pid` leads, which the environment's process was started in."""
    with suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS says it otherwise
        os.killpg(pid, signal.SIGKILL)
