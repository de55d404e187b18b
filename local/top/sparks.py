"""Lines of small blocks over the window, as wide as the terminal has room."""

from collections.abc import Mapping, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from local.top.numbers import rate

Line = Sequence[float | None]
"""A value a sample, the newest last; None where there was none."""

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH_MIN, _WIDTH_MAX = 8, 150


class Sparks:
    """Each line with its name, its newest value and its highest."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = lines

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        texts = {name: _numbers_of(line) for name, line in self._lines.items()}
        name_width = max(map(len, texts))
        room = options.max_width - name_width - max(map(len, texts.values())) - 4
        width = min(max(room, _WIDTH_MIN), _WIDTH_MAX)
        for name, line in self._lines.items():
            drawn = sparkline(line, width).rjust(width)
            text = Text(no_wrap=True, overflow="ellipsis")
            text.append(f"{name:<{name_width}}  ", style="dim").append(drawn, style="cyan")
            yield text.append(f"  {texts[name]}", style="dim")


def sparkline(line: Line, width: int) -> str:
    """The values as blocks, at most `width` of them; each is the largest of those that it stands for."""
    if not line or width < 1:
        return ""
    each = -(-len(line) // width)
    first = len(line) % each or each
    groups = [line[:first], *(line[place : place + each] for place in range(first, len(line), each))]
    largest = [max((value for value in group if value is not None), default=None) for group in groups]
    top = max((value for value in largest if value is not None), default=0.0)
    return "".join(_block(value, top) for value in largest)


def _block(value: float | None, top: float) -> str:
    if value is None:
        return " "
    return _BLOCKS[round(value / top * (len(_BLOCKS) - 1))] if top > 0 else _BLOCKS[0]


def _numbers_of(line: Line) -> str:
    known = [value for value in line if value is not None]
    return f"now {rate(line[-1] if line else None)}, highest {rate(max(known, default=None))}"
