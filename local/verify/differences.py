"""Where two forms of one thing differ. Pure."""

from collections.abc import Mapping
from typing import Any

_ABSENT = object()


def differing(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The names of the fields that are not equal, in order; one that only one of them has is among them."""
    if expected == found:
        return []
    names = sorted({*expected, *found})
    return [name for name in names if expected.get(name, _ABSENT) != found.get(name, _ABSENT)]
