"""One entry of a log: what a process said at once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` in seconds since the epoch; of a line that tells no time (`is_dated` false) it is that of a neighbour, or 0.

    `line` is the entry's first line as it stands in the file, `more` are those that belong to it: a trace.
    `facts` are the keys of a JSON line beside message, level and time.
    `is_lambdas`: START, END and REPORT, which Lambda (and the emulator) writes around an invocation.
    `is_rest`: what was added to the entry after it had been shown; it has no line of its own, only `more`.
    """

    process: str
    at: float
    level: Level
    message: str
    line: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    is_dated: bool = True
    is_lambdas: bool = False
    is_rest: bool = False

    def fact(self, name: str) -> str | None:
        """A fact as text; None where the line has none of that name."""
        value = self.facts.get(name)
        return None if value is None else str(value)
