"""`logs`: the end of the processes' logs, and what is added to them."""

import argparse
import time
from pathlib import Path

from local.cli.errors import CommandError
from local.paths import DataDirectory
from local.state import data_directory
from local.supervisor.logs import last_lines

_POLL_SECONDS = 0.2


def command(given: argparse.Namespace) -> int:
    """Print the last lines of a service's logs, or of all; with -f go on until Ctrl-C."""
    data = data_directory(given.data)
    files = _existing(data, given.service)
    if not files:
        raise CommandError(_nothing(data, given.service))
    for file in files:
        _print(file, last_lines(file, given.lines), named=len(files) > 1)
    if given.follow:
        _follow(data, given.service, {file: file.stat().st_size for file in files})
    return 0


def belongs_to(process: str, service: str) -> bool:
    """Tell whether a process is meant by that name: its own, or its service's (`claims` means `claims-2`)."""
    return process == service or process.startswith(f"{service}-")


def _existing(data: DataDirectory, service: str | None) -> list[Path]:
    files = sorted(data.logs.glob("*.log"))
    return [file for file in files if service is None or belongs_to(file.stem, service)]


def _nothing(data: DataDirectory, service: str | None) -> str:
    names = sorted(file.stem for file in data.logs.glob("*.log"))
    if not names:
        return f"there are no logs in {data.logs}: nothing was started there yet"
    return f"there is no log of {service}; there are: {', '.join(names)}"


def _follow(data: DataDirectory, service: str | None, seen: dict[Path, int]) -> None:
    """Print what is added, also to files that come later; Ctrl-C ends it."""
    while True:
        time.sleep(_POLL_SECONDS)
        files = _existing(data, service)
        for file in files:
            lines, seen[file] = _added(file, seen.get(file, 0))
            _print(file, lines, named=len(files) > 1)


def _added(file: Path, offset: int) -> tuple[list[str], int]:
    """Return the whole lines after `offset` and where they end; a file that was set aside is read from its start."""
    with file.open("rb") as log:
        log.seek(offset if file.stat().st_size >= offset else 0)
        start = log.tell()
        text = log.read()
    whole = text[: text.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)


def _print(file: Path, lines: list[str], *, named: bool) -> None:
    for line in lines:
        print(f"{file.stem} | {line}" if named else line, flush=True)
