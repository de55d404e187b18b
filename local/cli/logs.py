"""`logs`: what the processes said, as one log in order of time, and what they go on saying."""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence

from local.cli.errors import CommandError
from local.logs.choosing import Wanted, passing
from local.logs.entries import Entry, read_entries
from local.logs.files import Log, logs_of
from local.logs.reading import in_order, newest
from local.logs.showing import Style, json_of, lines_of
from local.paths import DataDirectory
from local.state import data_directory

_POLL_SECONDS = 0.2
_LINES = 200


def command(given: argparse.Namespace) -> int:
    """Print the newest entries of the services' logs, or all that are wanted; with -f go on until Ctrl-C."""
    data = data_directory(given.data)
    logs = logs_of(data, given.service)
    if not logs:
        raise CommandError(_no_logs(data, given.service))
    wanted = _wanted(given)
    offsets = {log: log.size for log in logs}
    found = newest(logs, wanted, _count(given, wanted))
    _print(found, given, logs)
    if given.follow:
        _follow(data, given, wanted, offsets)
    if not found and wanted.is_narrow:
        raise CommandError(f"{len(logs)} logs have no such line")
    return 0


def _wanted(given: argparse.Namespace) -> Wanted:
    return Wanted(
        correlation=given.correlation,
        claim=given.claim,
        event=given.event,
        level=given.level,
        since=given.since,
        with_lambdas=given.all,
    )


def _count(given: argparse.Namespace, wanted: Wanted) -> int | None:
    """How many; None for all: who asks for one request wants the whole of it."""
    if given.lines is not None:
        return int(given.lines)
    return None if wanted.is_narrow else _LINES


def _no_logs(data: DataDirectory, services: Sequence[str]) -> str:
    names = [log.process for log in logs_of(data, [])]
    if not names:
        return f"there are no logs in {data.logs}: nothing was started there yet"
    return f"there is no log of {' or '.join(services)}; there are: {', '.join(names)}"


def _follow(data: DataDirectory, given: argparse.Namespace, wanted: Wanted, offsets: dict[Log, int]) -> None:
    """Print what is added, also to logs that come later; Ctrl-C ends it."""
    while True:
        time.sleep(_POLL_SECONDS)
        logs = logs_of(data, given.service)
        added: list[Entry] = []
        for log in logs:
            lines, offsets[log] = log.added(offsets.get(log, 0))
            possible = passing(lines, wanted.may_hold, lambda _line: True)
            added += [entry for entry in read_entries(log.process, possible) if wanted.holds(entry)]
        _print(in_order(added), given, logs)


def _print(entries: Iterable[Entry], given: argparse.Namespace, logs: Sequence[Log]) -> None:
    if given.json:
        for entry in entries:
            print(json_of(entry))
    else:
        style = _style(given.color, logs)
        for entry in entries:
            for line in lines_of(entry, style):
                print(line)
    sys.stdout.flush()


def _style(colour: str, logs: Sequence[Log]) -> Style:
    is_terminal = sys.stdout.isatty()
    coloured = colour == "always" or (colour == "auto" and is_terminal and not os.environ.get("NO_COLOR"))
    return Style(max(len(log.process) for log in logs), coloured, dated=not is_terminal)
