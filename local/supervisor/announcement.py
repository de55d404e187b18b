"""How a process that connects to nobody shows that it is ready: it leaves word in a file."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

_LOOK_EVERY_S = 0.05


def announce(file: Path, **facts: str | None) -> None:
    """Leave word that this process is ready: `{"pid": …}` and the facts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({"pid": os.getpid(), **facts}))
    unfinished.replace(file)


def until_announced(file: Path) -> Callable[[int], Awaitable[None]]:
    """Wait until the process with the given pid has left word; it is cancelled when that process dies first."""

    async def wait(pid: int) -> None:
        while _announced_by(file) != pid:
            await asyncio.sleep(_LOOK_EVERY_S)

    return wait


def _announced_by(file: Path) -> int | None:
    try:
        pid = json.loads(file.read_text())["pid"]
    except FileNotFoundError:
        return None
    return pid if isinstance(pid, int) else None
