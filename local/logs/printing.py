"""Entry after entry, in the form that is wanted."""

from collections.abc import Callable, Iterator

from local.logs.entries import Entry
from local.logs.paint import DIM
from local.logs.showing import Style, iso, lines_of

Printer = Callable[[Entry], Iterator[str]]
"""The lines of the next entry."""


def for_people(style: Style) -> Printer:
    """Aligned lines. On a terminal, where times go without their date, each day has a line above it."""
    day = ""

    def lines(entry: Entry) -> Iterator[str]:
        nonlocal day
        date = iso(entry.at)[:10] if entry.at else day
        if style.is_terminal and date != day:
            day = date
            yield style.paint(f"{day}, UTC", DIM)
        yield from lines_of(entry, style)

    return lines
