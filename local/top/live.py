"""The view that goes on: a page, keys, and the terminal as it was when it ends."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import FrameType

from rich.console import Console, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.text import Text

from local.top.asking import ObserverError, Seen
from local.top.reading import read_figures, read_lines
from local.top.view import PAGES, page

WINDOWS_S = (60.0, 300.0, 900.0)

Ask = Callable[[float], Seen]
"""Is given the window in seconds; raises ObserverError."""


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
            case "q" | "\x04":
                return replace(self, leaving=True)
            case "p" | " ":
                return replace(self, paused=not self.paused)
            case "+" | "=":
                return self._over(min((w for w in WINDOWS_S if w > self.window_s), default=self.window_s))
            case "-" | "_":
                return self._over(max((w for w in WINDOWS_S if w < self.window_s), default=self.window_s))
            case "1" | "2" | "3" | "4":
                return replace(self, page=PAGES[int(key) - 1])
            case _:
                return self

    def _over(self, window_s: float) -> "Screen":
        """What was seen when it paused is of the window of that time."""
        return replace(self, window_s=window_s, paused=self.paused and window_s == self.window_s)


def run(ask: Ask, console: Console, window_s: float, every_s: float) -> None:
    """Show what `ask` tells until somebody leaves. An observer that is away is told, and asked again."""
    screen = Screen(window_s=window_s)
    seen: Seen | ObserverError | None = None
    view = Live(console=console, screen=True, auto_refresh=False)
    with suppress(KeyboardInterrupt), _keys() as pressed, view as live:
        live.update(_layout(Text("asking the observer …"), screen), refresh=True)
        while not screen.leaving:
            if seen is None or not screen.paused:
                seen = _ask(ask, screen.window_s)
            live.update(_layout(_shown(seen, screen), screen), refresh=True)
            for key in pressed(every_s):
                screen = screen.pressed(key)


def _ask(ask: Ask, window_s: float) -> Seen | ObserverError:
    try:
        return ask(window_s)
    except ObserverError as error:
        return error


def _shown(seen: Seen | ObserverError, screen: Screen) -> RenderableType:
    if isinstance(seen, ObserverError):
        return Text(str(seen), style="bold red")
    figures = read_figures(seen.history, seen.started, screen.window_s, seen.processes)
    return page(screen.page, figures, read_lines(seen.history, screen.window_s))


def _layout(shown: RenderableType, screen: Screen) -> Layout:
    """The keys stand at the bottom, whatever there is no room for above them."""
    layout = Layout()
    layout.split_column(Layout(shown), Layout(_foot(screen), size=1))
    return layout


def _foot(screen: Screen) -> Text:
    foot = Text(no_wrap=True, overflow="ellipsis", style="dim")
    foot.append("q quit  ").append("p PAUSED" if screen.paused else "p pause", style="bold" if screen.paused else "")
    foot.append("  +− window")
    for number, name in enumerate(PAGES, start=1):
        foot.append("  ").append(f"{number} {name}", style="bold" if name == screen.page else "")
    return foot


@contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
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


def _read_keys(fd: int, seconds: float) -> str:
    readable, _, _ = select.select([fd], [], [], seconds)
    # A terminal that is gone is readable, and has nothing.
    return (os.read(fd, 64).decode(errors="ignore") or "q") if readable else ""


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End through every `finally`: the terminal is not left in another mode."""
    raise SystemExit(128 + signal.SIGTERM)
