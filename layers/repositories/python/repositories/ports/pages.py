"""Pages of lists that are ordered by position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: beyond `position` in the list's order (None: at its beginning), `skip` items further on."""

    position: int | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and where the next page begins (None: this is the last).

    A page may hold fewer items than asked for, even none, and still have a next one: a filter that matches little is
    looked for in a bounded stretch of history at a time.
    """

    items: Sequence[Item]
    next: Place | None = None
