"""Lists page by page: `MaxItems` at once, and a `Marker` that tells where the next page begins."""

from collections.abc import Sequence
from typing import TypeVar

from local.invokeapi.errors import invalid_parameter

Item = TypeVar("Item")

ITEMS_MAX = 10_000


def page(items: Sequence[Item], marker: str, items_max: str, *, default: int) -> tuple[list[Item], str | None]:
    """The items of one page, and the marker of the next; None after the last. Raises LambdaApiError."""
    first = _number(marker, "Marker", 0, len(items)) if marker else 0
    count = min(_number(items_max, "MaxItems", 1, ITEMS_MAX), default) if items_max else default
    after = first + count
    return list(items[first:after]), str(after) if after < len(items) else None


def _number(text: str, name: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise invalid_parameter(f"{name} is {text!r}; it must be a whole number from {least} to {most}")
    return int(text)
