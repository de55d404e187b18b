"""`top`: rates, times, lag and environments of the running system."""

import argparse
import json
import sys
from dataclasses import asdict

from local.cli.errors import CommandError
from local.paths import put_layers_on_path
from local.state import data_directory, running_state


def command(given: argparse.Namespace) -> int:
    """Show the live view; one look with `--once`, as JSON with `--json`, or where standard output is no terminal."""
    put_layers_on_path()
    from local.top.asking import ObserverError, ask

    url = _observer(given)
    try:
        if given.json:
            print(json.dumps(_figures(url, given.window), indent=2))
        elif given.once or not sys.stdout.isatty() or not sys.stdin.isatty():
            _print_once(url, given.window)
        else:
            from rich.console import Console

            from local.top.live import run

            run(lambda: ask(url), Console(), given.window, given.every)
    except ObserverError as error:
        raise CommandError(str(error)) from error
    return 0


def _observer(given: argparse.Namespace) -> str:
    data = data_directory(given.data)
    state = running_state(data)
    if state is None:
        raise CommandError(f"nothing is up in {data.path}: ./recours up starts it")
    if "observer" not in state.urls:
        raise CommandError("the system that is up has no observer: it is still starting, or of an older version")
    return state.urls["observer"]


def _figures(url: str, window_s: float) -> dict[str, object]:
    from local.top.asking import ask
    from local.top.figures import read_figures

    seen = ask(url)
    return asdict(read_figures(seen.history, seen.started, window_s))


def _print_once(url: str, window_s: float) -> None:
    from rich.console import Console

    from local.top.asking import ask
    from local.top.figures import read_figures, sparklines
    from local.top.view import everything

    seen = ask(url)
    figures = read_figures(seen.history, seen.started, window_s)
    console = Console()
    # A file has no width: what would be cut off on a terminal is whole there.
    width = console.width if console.is_terminal else _WIDTH_OF_A_FILE
    Console(width=width).print(everything(figures, sparklines(seen.history, window_s)))


_WIDTH_OF_A_FILE = 160
