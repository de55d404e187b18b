"""`top`: rates, times, lag and environments of the running system."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.cli.errors import CommandError
from local.cli.status import checked
from local.paths import DataDirectory, put_layers_on_path
from local.state import data_directory, running_state

if TYPE_CHECKING:
    from local.top.asking import Seen

_WIDTH_OF_A_FILE = 160
_WIDTH_OF_A_PICTURE = 112


def command(given: argparse.Namespace) -> int:
    """Show the live view; one look with `--once`, as JSON with `--json`, or where there is no terminal."""
    put_layers_on_path()
    from local.top.asking import ObserverError

    data = data_directory(given.data)
    try:
        if given.json:
            _print_json(_look(data, given.window), given.window)
        elif given.svg is not None:
            _draw(_look(data, given.window), given.window, given.svg)
        elif given.once or not _can_go_on():
            _print_once(_look(data, given.window), given.window)
        else:
            _go_on(data, given.window, given.every)
    except ObserverError as error:
        raise CommandError(str(error)) from error
    return 0


def _can_go_on() -> bool:
    """Whether there are keys to leave with, and a terminal that can be drawn on again and again."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _look(data: DataDirectory, window_s: float) -> "Seen":
    """Where the system is now, for it may be another one than at the last look. Raises ObserverError."""
    from local.top.asking import ObserverError, ask

    state = running_state(data)
    if state is None:
        raise ObserverError(f"nothing is up in {data.path}: ./recours up starts it")
    if "observer" not in state.urls:
        raise ObserverError("the system that is up has no observer: it is still starting, or of an older version")
    return ask(state.urls["observer"], [checked(record) for record in state.processes], window_s)


def _print_json(seen: "Seen", window_s: float) -> None:
    from local.top.document import document
    from local.top.reading import read_figures

    figures = read_figures(seen.history, seen.started, window_s, seen.processes)
    print(json.dumps(document(figures), indent=2, allow_nan=False))


def _print_once(seen: "Seen", window_s: float) -> None:
    from rich.console import Console

    from local.top.reading import read_figures, read_lines
    from local.top.view import everything

    console = Console()
    # A file has no width: what would be cut off on a terminal is whole there, unless somebody says how wide it is.
    has_width = console.is_terminal or "COLUMNS" in os.environ
    console.width = console.width if has_width else _WIDTH_OF_A_FILE
    figures = read_figures(seen.history, seen.started, window_s, seen.processes)
    with console.capture() as captured:
        console.print(everything(figures, read_lines(seen.history, window_s)))
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _draw(seen: "Seen", window_s: float, file: Path) -> None:
    from local.top.picture import render_svg
    from local.top.reading import read_figures, read_lines

    figures = read_figures(seen.history, seen.started, window_s, seen.processes)
    try:
        file.write_text(render_svg(figures, read_lines(seen.history, window_s), _WIDTH_OF_A_PICTURE), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error


def _go_on(data: DataDirectory, window_s: float, every_s: float) -> None:
    from rich.console import Console

    from local.top.live import run

    run(lambda seconds: _look(data, seconds), Console(), window_s, every_s)
