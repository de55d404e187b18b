"""The view that goes on: a page, keys, and the terminal as it was when it ends."""

import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from local.top.asking import ObserverError, Seen
from local.top.figures import read_figures, sparklines
from local.top.view import PAGES, page

WINDOWS_S = (60.0, 300.0, 900.0)
_HELP = "1 overview  2 functions  3 processes  4 queries  ·  + − window  ·  p pause  ·  q quit"


@dataclass(frozen=True, slots=True)
class Screen:
    """What is looked at."""

    page: str = PAGES[0]
    window_s: float = 300.0
    paused: bool = False
    leaving: bool = False

    def pressed(self, key: str) -> "Screen":
        """The screen after a key; one that means nothing changes nothing."""
        match key:
            case "q" | "\x03" | "\x04":
                return replace(self, leaving=True)
            case "p" | " ":
                return replace(self, paused=not self.paused)
            case "+" | "=":
                return replace(self, window_s=min((w for w in WINDOWS_S if w > self.window_s), default=self.window_s))
            case "-" | "_":
                return replace(self, window_s=max((w for w in WINDOWS_S if w < self.window_s), default=self.window_s))
            case _ if key in "1234" and key:
                return replace(self, page=PAGES[int(key) - 1])
            case _:
                return self


def run(ask: Callable[[], Seen], console: Console, window_s: float, every_s: float) -> None:
    """Show what `ask` tells until somebody leaves. An observer that is away is told, and asked again."""
    screen = Screen(window_s=window_s)
    shown: RenderableType = Text("asking the observer …")
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        while not screen.leaving:
            if not screen.paused:
                shown = _look(ask, screen)
            live.update(Group(shown, _foot(screen)), refresh=True)
            for key in pressed(every_s):
                screen = screen.pressed(key)


def _look(ask: Callable[[], Seen], screen: Screen) -> RenderableType:
    try:
        seen = ask()
    except ObserverError as error:
        return Text(str(error), style="bold red")
    figures = read_figures(seen.history, seen.started, screen.window_s)
    return page(screen.page, figures, sparklines(seen.history, screen.window_s))


def _foot(screen: Screen) -> Text:
    return Text(f"\n{'PAUSED  ' if screen.paused else ''}{_HELP}", style="dim")


@contextmanager
def _keys() -> Iterator[Callable[[float], list[str]]]:
    """Yield what waits so many seconds for keys and returns them; the terminal is as before afterwards."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    previous = signal.signal(signal.SIGTERM, _leave)
    try:
        tty.setcbreak(fd)
        yield lambda seconds: _read_keys(fd, seconds)
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTERM, previous)


def _read_keys(fd: int, seconds: float) -> list[str]:
    deadline_s = time.monotonic() + seconds
    readable, _, _ = select.select([fd], [], [], max(deadline_s - time.monotonic(), 0.0))
    return list(os.read(fd, 64).decode(errors="ignore")) or ["q"] if readable else []


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End through every `finally`: the terminal is not left in another mode."""
    raise SystemExit(128 + signal.SIGTERM)
