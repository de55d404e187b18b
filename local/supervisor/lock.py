"""One supervisor a data directory. The kernel lets go of the lock with the process, however that ends."""

import fcntl
import os

from local.paths import DataDirectory


class AlreadyUpError(Exception):
    """Another supervisor runs on this data directory."""


def take_lock(data: DataDirectory) -> int:
    """Take the data directory for this process, until it ends; return the descriptor that holds it.

    Raises AlreadyUpError when another process has it.
    """
    data.run.mkdir(parents=True, exist_ok=True)
    fd = os.open(data.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise AlreadyUpError from error
    return fd
