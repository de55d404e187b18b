"""Folders that several processes share, and that one of them removes once nobody has them any more."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def hold(folder: Path) -> None:
    """Keep a folder, there already or not, from being removed for as long as this process lives."""
    # Nobody closes it: the kernel does so at this process's end, however that comes.
    fcntl.flock(_open_lock(folder), fcntl.LOCK_SH)


def remove_unused(folder: Path, *beside: Path) -> bool:
    """Remove a folder, and those beside it, unless a process holds it. Returns whether it was removed."""
    with _alone(folder) as is_ours:
        if is_ours:
            for one in (folder, *beside):
                shutil.rmtree(one, ignore_errors=True)
        return is_ours


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; then nobody can until the block's end."""
    fd = _open_lock(folder)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(fd)


def _open_lock(folder: Path) -> int:
    # The file stays when the folder goes: another process may have it open and be about to lock it.
    return os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
