"""A child that ties itself to its parent."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Be killed at the parent's death; at once where it is dead already. Source: prctl(2), PR_SET_PDEATHSIG.

    An invocation that went on without its parent would run beside the one that the next parent starts for the same
    records. The parent's `preexec_fn` could do this too, but it is unsafe in a process with threads, as a pool's is.

    macOS has nothing like it: there the end of the socket ends the child once its invocation is over.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
