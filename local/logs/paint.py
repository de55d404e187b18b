"""Colours on a terminal. Pure."""

import zlib
from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Puts a colour (the number of its escape sequence) around a text."""

DIM, BOLD = "2", "1"
# Nineteen, as by that number all services of ours have different ones: a test holds that.
_OF_PROCESSES = (39, 43, 45, 71, 75, 79, 108, 111, 114, 141, 147, 150, 174, 177, 179, 180, 207, 209, 215)


def paint(text: str, colour: str) -> str:
    """The text in that colour."""
    return f"\x1b[{colour}m{text}\x1b[0m" if text else text


def no_paint(text: str, colour: str) -> str:  # noqa: ARG001 (as `paint` has it)
    """The text as it is."""
    return text


def colour_of_process(process: str) -> str:
    """The same for all processes of a service, and for good."""
    service = process.partition("-")[0]
    return f"38;5;{_OF_PROCESSES[zlib.crc32(service.encode()) % len(_OF_PROCESSES)]}"
