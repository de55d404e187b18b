"""Numbers as a person reads them in a column."""

UNKNOWN = "–"
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")


def count(value: float | None) -> str:
    """`1,234`."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """`12.3`, `1,250`."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


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


def share(value: float | None) -> str:
    """`12 %` of 0.12."""
    return UNKNOWN if value is None else f"{value:.0%}".replace("%", " %")


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
