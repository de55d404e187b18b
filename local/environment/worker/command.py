"""The command line of an environment's process."""

import os
import sys
from pathlib import Path

from local.template import Function


def worker_command(template: Path, function: Function, fd: int, debug_port: int | None = None) -> list[str]:
    """Run `function` and speak on the socket `fd`, as this process's child. `debug_port`: where a debugger attaches."""
    arguments = [
        "--template",
        str(template),
        "--function",
        function.name,
        "--fd",
        str(fd),
        "--parent",
        str(os.getpid()),
    ]
    if debug_port is not None:
        arguments += ["--debug", str(debug_port)]
    return [sys.executable, "-m", "local.environment.worker", *arguments]
