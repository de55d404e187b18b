"""What a person sees while a system starts: a line that moves on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from local.supervisor.progress import Progress

if TYPE_CHECKING:
    from rich.status import Status


class Display(Protocol):
    """Shows what the supervisor tells."""

    def show(self, progress: Progress) -> None: ...


@contextmanager
def make_display() -> Iterator[Display]:
    """Yield the display that fits standard output."""
    if not sys.stdout.isatty():
        yield PlainDisplay()
        return
    from rich.console import Console

    with Console().status("Starting") as status:
        yield TerminalDisplay(status)


class PlainDisplay:
    """One line for each thing that happened."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def show(self, progress: Progress) -> None:
        match progress.stage:
            case "ready":
                print(f"{progress.name} ready ({progress.text})", flush=True)
            case "note" | "up" | "failed":
                show_end(progress, time.monotonic() - self._started)
            case _:
                pass


class TerminalDisplay:
    """One line that tells who is still waited for; it goes away once all are ready."""

    def __init__(self, status: "Status") -> None:
        self._status = status
        self._started = time.monotonic()
        self._waiting: dict[str, None] = {}
        self._ready = 0

    def show(self, progress: Progress) -> None:
        match progress.stage:
            case "starting":
                self._waiting[progress.name] = None
                self._update()
            case "ready":
                self._waiting.pop(progress.name, None)
                self._ready += 1
                self._update()
            case "note":
                show_end(progress, 0)
            case _:
                self._status.stop()
                show_end(progress, time.monotonic() - self._started)

    def _update(self) -> None:
        self._status.update(f"{self._ready} ready, waiting for {', '.join(self._waiting) or 'the next'}")


def show_end(progress: Progress, seconds: float) -> None:
    """Print what stays on the screen."""
    match progress.stage:
        case "up":
            print(f"Recours is up ({seconds:.1f} s).\n{progress.text}", flush=True)
        case "failed":
            print(f"recours: {progress.text}", file=sys.stderr, flush=True)
        case _:
            print(f"{progress.name} {progress.text}", file=sys.stderr, flush=True)
