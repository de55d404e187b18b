"""Numbers as a person reads them in a column."""

from collections.abc import Sequence

UNKNOWN = "–"
_BLOCKS = "▁▂▃▄▅▆▇█"
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")


def count(value: float | None) -> str:
    """`1,234`."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """`12.3`: a second."""
    return UNKNOWN if value is None else f"{value:,.1f}"


def milliseconds(value: float | None) -> str:
    """`3.2`, `45`, `1,250`."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def size(value: float | None) -> str:
    """`58 MiB`."""
    if value is None:
        return UNKNOWN
    for unit in _SIZES[:-1]:
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} {_SIZES[-1]}"


def lasting(seconds: float) -> str:
    """`4 s`, `12 min`, `3 h 05`, `2 d 04 h`."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 2:
        return f"{seconds:.0f} s"
    if hours < 2:
        return f"{minutes:.0f} min"
    if days < 2:
        return f"{hours:.0f} h {minutes % 60:02.0f}"
    return f"{days:.0f} d {hours % 24:02.0f} h"


def sparkline(values: Sequence[float], width: int) -> str:
    """The values as blocks, the newest at the right; each block is the largest of those that it stands for."""
    if not values or width < 1:
        return ""
    each = max(-(-len(values) // width), 1)
    first = len(values) % each
    groups = [values[:first]] if first else []
    groups += [values[place : place + each] for place in range(first, len(values), each)]
    largest = [max(group) for group in groups]
    top = max(largest)
    return "".join(_BLOCKS[round(value / top * (len(_BLOCKS) - 1))] if top > 0 else _BLOCKS[0] for value in largest)
