"""How far a check is: a bar on a terminal, a line every 5 % elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.loadtest.progress import Progress as Lines

Tell = Callable[[int, int], None]


@contextmanager
def progress() -> Iterator[Tell]:
    """Yield what is called with how many of how many events were looked at. Written to standard error."""
    if sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verify", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines() -> Tell:
    lines: list[Lines] = []

    def tell(done: int, total: int) -> None:
        if not lines:
            lines.append(Lines("verified", total))
        lines[0].show(done)

    return tell
