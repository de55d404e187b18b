"""A table without lines that never wraps: where it is too wide, it goes without the columns that tell least."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2
_REST_WIDTH_MIN = 16

Row = Sequence[Text]


@dataclass(frozen=True, slots=True)
class Column:
    """`is_text` stands at the left, numbers at the right. `takes_rest`: as wide as there is room for."""

    name: str
    is_text: bool = False
    takes_rest: bool = False


@dataclass(slots=True)
class Sheet:
    """`spare`: the columns that are left out where there is no room, the first of them first."""

    columns: Sequence[Column]
    spare: Sequence[str] = ()
    rows: list[Row] = field(default_factory=list)

    def add(self, *cells: Text | str) -> None:
        """A row, a cell a column."""
        self.rows.append([Text(cell) if isinstance(cell, str) else cell for cell in cells])

    def fitting(self, width: int) -> list[int]:
        """The places of the columns that are shown on so many cells."""
        places = list(range(len(self.columns)))
        for name in self.spare:
            if self._width(places) <= width:
                break
            places = [place for place in places if self.columns[place].name != name]
        return places

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        places = self.fitting(options.max_width)
        shown = [self.columns[place] for place in places]
        takes_all = any(column.takes_rest for column in shown)
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold dim", expand=takes_all)
        for column in shown:
            is_left = column.is_text or column.takes_rest
            ratio = 1 if column.takes_rest else None
            table.add_column(column.name, justify="left" if is_left else "right", no_wrap=True, ratio=ratio)
        for row in self.rows:
            table.add_row(*(row[place] for place in places))
        yield table

    def _width(self, places: Sequence[int]) -> int:
        return sum(self._width_of(place) for place in places) + _GAP * (len(places) - 1)

    def _width_of(self, place: int) -> int:
        if self.columns[place].takes_rest:
            return _REST_WIDTH_MIN
        return max(Text(self.columns[place].name).cell_len, *(row[place].cell_len for row in self.rows), 0)
