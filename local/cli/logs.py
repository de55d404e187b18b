"""`logs`: what the processes said, as one log in order of time, and what they go on saying."""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from io import TextIOWrapper
from typing import NoReturn

from local.cli.errors import CommandError
from local.logs.choosing import Wanted
from local.logs.entries import Entry
from local.logs.files import Log, belongs_to, logs_of
from local.logs.following import Following
from local.logs.paint import no_paint, paint
from local.logs.printing import Printer, for_people
from local.logs.reading import Ends, every, newest, requests_of
from local.logs.showing import Style, json_of, raw_lines_of
from local.paths import DataDirectory
from local.state import data_directory

_POLL_SECONDS = 0.2
_LINES = 200


def command(given: argparse.Namespace) -> int:
    """Print the newest entries of the services' logs, or all that are wanted; with -f go on until Ctrl-C."""
    data = data_directory(given.data)
    logs = _logs(data, given.service)
    ends = _ends(logs)
    wanted = _wanted(given, data)
    printer = _printer(given, logs)
    is_any = _print(_found(given, ends, wanted), printer)
    if given.follow:
        _follow(data, given.service, Following(ends, wanted), printer)
    if not is_any and given.lines != 0:
        raise CommandError(f"no line{wanted.words()} in {len(logs)} log{'s' if len(logs) > 1 else ''}")
    return 0


def _logs(data: DataDirectory, services: Sequence[str]) -> list[Log]:
    """The logs of these services, each of which has one, or of all."""
    names = [log.process for log in logs_of(data, [])]
    if not names:
        raise CommandError(f"there are no logs in {data.logs}: nothing was started there yet")
    unknown = [service for service in services if not any(belongs_to(name, service) for name in names)]
    if unknown:
        raise CommandError(f"there is no log of {' or '.join(unknown)}; there are: {', '.join(names)}")
    return logs_of(data, services)


def _wanted(given: argparse.Namespace, data: DataDirectory) -> Wanted:
    wanted = Wanted(
        correlation=given.correlation,
        claim=given.claim,
        event=given.event,
        level=given.level,
        since=given.since,
        with_lambdas=given.all,
    )
    if given.claim is None:
        return wanted
    return wanted.with_requests(requests_of(given.claim, _ends(logs_of(data, []))))


def _ends(logs: Iterable[Log]) -> Ends:
    return {log: log.end() for log in logs}


def _found(given: argparse.Namespace, ends: Ends, wanted: Wanted) -> Iterable[Entry]:
    """The newest, or all: who asks for one request, or for ten minutes, wants the whole of it."""
    if given.lines is None and (wanted.is_of_ids or wanted.since):
        return every(ends, wanted)
    return newest(ends, wanted, _LINES if given.lines is None else given.lines)


def _follow(data: DataDirectory, services: Sequence[str], following: Following, printer: Printer) -> NoReturn:
    while True:
        time.sleep(_POLL_SECONDS)
        _print(following.added(logs_of(data, services)), printer)


def _print(entries: Iterable[Entry], printer: Printer) -> bool:
    """Print them; whether there were any."""
    is_any = False
    for entry in entries:
        is_any = True
        for line in printer(entry):
            print(line)
    sys.stdout.flush()
    return is_any


def _printer(given: argparse.Namespace, logs: Sequence[Log]) -> Printer:
    # A terminal, or a file, of another encoding than ours gets what it lacks as numbers.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if given.json:
        return lambda entry: iter([json_of(entry)])
    is_terminal = sys.stdout.isatty()
    coloured = given.color == "always" or (given.color == "auto" and is_terminal and _may_colour())
    width = max(len(log.process) for log in logs)
    style = Style(width, len(logs) == 1, is_terminal, paint if coloured else no_paint)
    return partial(raw_lines_of, style=style) if given.raw else for_people(style)


def _may_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
