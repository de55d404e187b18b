"""Positions as a person reads them: runs of numbers that follow each other."""

from collections.abc import Iterable, Iterator

SHOWN_MAX = 8


class Runs:
    """A rising sequence of positions, kept as its runs: a million in a row cost what one costs."""

    def __init__(self) -> None:
        self._runs: list[list[int]] = []
        self.count = 0

    @classmethod
    def of(cls, positions: Iterable[int]) -> "Runs":
        """The runs of some positions in any order."""
        runs = cls()
        for position in sorted(set(positions)):
            runs.add(position)
        return runs

    def __bool__(self) -> bool:
        return bool(self._runs)

    def __contains__(self, position: int) -> bool:
        return any(first <= position <= last for first, last in self._runs)

    def add(self, first: int, last: int | None = None) -> None:
        """Add a position, or all from `first` to `last`; they come in rising order."""
        last = first if last is None else last
        if last < first:
            return
        self.count += last - first + 1
        if self._runs and self._runs[-1][1] == first - 1:
            self._runs[-1][1] = last
        else:
            self._runs.append([first, last])

    def without(self, positions: set[int]) -> "Runs":
        """Those that are not among the given."""
        found = Runs()
        for first, last in self._runs:
            for position in sorted(each for each in positions if first <= each <= last):
                found.add(first, position - 1)
                first = position + 1
            found.add(first, last)
        return found

    def up_to(self, position: int) -> "Runs":
        """Those at or before a position."""
        found = Runs()
        for first, last in self._runs:
            found.add(first, min(last, position))
        return found

    def spans(self) -> Iterator[tuple[int, int]]:
        """The first and the last of each run."""
        return ((first, last) for first, last in self._runs)

    @property
    def last(self) -> int:
        """The last position of all; there must be one."""
        return self._runs[-1][1]

    def named(self) -> str:
        """`position 9`, `positions 3 to 7, 9`."""
        return f"position{'' if self.count == 1 else 's'} {self}"

    def __str__(self) -> str:
        """`3 to 7, 9`, with a count where there are many runs."""
        shown = [str(first) if first == last else f"{first} to {last}" for first, last in self._runs[:SHOWN_MAX]]
        more = len(self._runs) - SHOWN_MAX
        return ", ".join(shown) + (f" and {more} more runs ({self.count} positions)" if more > 0 else "")
