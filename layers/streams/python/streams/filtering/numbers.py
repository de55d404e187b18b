"""`numeric` of EventBridge's pattern language: `["=", 100]`, `[">", 0]`, `[">=", 0, "<", 5]`."""

import operator
from collections.abc import Callable
from typing import Any

from streams.mapping.properties import PropertyError

Compare = Callable[[float, float], bool]

_FROM: dict[str, Compare] = {">": operator.gt, ">=": operator.ge}
_UP_TO: dict[str, Compare] = {"<": operator.lt, "<=": operator.le}
_ALONE: dict[str, Compare] = {"=": operator.eq, **_FROM, **_UP_TO}
_FORM = 'numeric must be ["=", 100], or [">", 0], or [">=", 0, "<", 100], with the lower bound first'


def is_number(value: Any) -> bool:
    """Whether JSON would call it a number. Python counts true and false among them."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def numeric(condition: Any) -> Callable[[Any], bool]:
    """Compile. Raises PropertyError."""
    match condition:
        case [str(compare), bound] if compare in _ALONE and is_number(bound):
            return _compared(_ALONE[compare], bound)
        case [str(least), bottom, str(most), top] if (
            least in _FROM and most in _UP_TO and is_number(bottom) and is_number(top)
        ):
            return _between(_FROM[least], bottom, _UP_TO[most], top)
    raise PropertyError(f"{_FORM}, not {condition!r}")


def _compared(compare: Compare, bound: float) -> Callable[[Any], bool]:
    return lambda value: is_number(value) and compare(value, bound)


def _between(least: Compare, bottom: float, most: Compare, top: float) -> Callable[[Any], bool]:
    if bottom >= top:
        raise PropertyError(f"numeric must have its lower bound below its upper one, not {bottom} and {top}")
    return lambda value: is_number(value) and least(value, bottom) and most(value, top)
