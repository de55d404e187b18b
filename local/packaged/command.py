"""The command line that runs a package: the template's Python, with the package and Lambda's runtime to import from.

`-I` and `-S` keep out what this machine has: PYTHON variables, the user's and the interpreter's own site-packages, and
the current folder. So a package that something was forgotten in fails here as it would on Lambda.
"""

import os
from pathlib import Path

from local.packaged.layout import Layout

# The bootstrap's own names stay out of the function's sight: runpy runs the client as `python -m awslambdaric` would.
# `exit` and `quit` come with the module site, which -S leaves out and Lambda does not.
_BOOTSTRAP = """\
import sys
parent, handler, *sys.path[:0] = sys.argv[1:]
import ctypes, os, runpy, signal, site
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG: die with who invokes
if os.getppid() != int(parent):
    os._exit(1)
site.setquit()
sys.argv = ["awslambdaric", handler]
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
"""


def packaged_command(program: Path, python: str, layout: Layout, interface_client: Path, handler: str) -> list[str]:
    """Run `handler`, as this process's child; it dies with the thread that starts it."""
    isolation = ["-I", "-S", "-X", "utf8", "-X", f"pycache_prefix={layout.compiled}"]
    path = [*layout.import_path(python), str(interface_client)]
    return [str(program), *isolation, "-c", _BOOTSTRAP, str(os.getpid()), handler, *path]
