"""Pages by position, read in windows with both bounds.

Positions are gapless, so a window of them holds a known number of documents at most. Where a server sorts before it
limits, an open range costs as much as everything behind it: on the embedded server 100 of 20,000 documents took 827 ms
with one bound and 9 ms with two. A server that stops early loses nothing by the second bound.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING
from pymongo.collection import Collection

from repositories.mongo.client import Document, store_errors
from repositories.ports.pages import Page, Place

WINDOW_COUNT_MIN = 200
WINDOW_COUNT_MAX = 4_000
SCAN_COUNT_MAX = 40_000  # positions that one page may look through: about two seconds on the embedded server

Span = tuple[int, int]
"""A first and a last position, both included; empty where the last is below the first."""

EMPTY: Span = (1, 0)


@dataclass(frozen=True, slots=True)
class Window:
    """Positions `low` to `high`, both included; high None: to the end."""

    low: int
    high: int | None

    @property
    def size(self) -> int:
        """How many positions; 0 for an open end, which is short."""
        return 0 if self.high is None else self.high - self.low + 1

    def condition(self) -> Document:
        """As a query on `position`."""
        return {"$gte": self.low} if self.high is None else {"$gte": self.low, "$lte": self.high}

    def place_before(self, order: int) -> Place:
        """Where a page begins that begins with this window."""
        return Place(self.low - 1 if order == ASCENDING or self.high is None else self.high + 1)


def windows_up(span: Span, after: int, gapless_end: int, size: int) -> Iterator[Window]:
    """Windows over the part of `span` that is after a position, then one over what lies beyond the gapless part."""
    low, high = max(span[0], after + 1), span[1]
    while low <= high:
        end = min(low + size - 1, high)
        yield Window(low, end)
        low, size = end + 1, min(size * 2, WINDOW_COUNT_MAX)
    yield Window(max(after, gapless_end) + 1, None)


def windows_down(span: Span, before: int | None, gapless_end: int, size: int) -> Iterator[Window]:
    """The same, newest first, over what is before a position (None: over all)."""
    if before is None or before > gapless_end + 1:
        yield Window(gapless_end + 1, None if before is None else before - 1)
    low, high = span[0], span[1] if before is None else min(span[1], before - 1)
    while low <= high:
        start = max(high - size + 1, low)
        yield Window(start, high)
        high, size = start - 1, min(size * 2, WINDOW_COUNT_MAX)


def fill_page(
    windows: Iterable[Window], read: Callable[[Window], Sequence[Document]], order: int, skip: int, limit: int
) -> Page[Document]:
    """Take documents from window after window, until the page is full or enough was looked through."""
    found: list[Document] = []
    scanned = 0
    for window in windows:
        if scanned >= SCAN_COUNT_MAX:
            return Page(found, Place(window.place_before(order).position, skip))
        documents = read(window)
        found += documents[skip:]
        skip = max(skip - len(documents), 0)
        if len(found) > limit:
            return cut_page(found, limit)
        scanned += window.size
    return Page(found)


def read_windows(
    collection: Collection[Document], match: Document, order: int, limit: int
) -> Callable[[Window], list[Document]]:
    """A reader of the documents in a window that `match`, in `order` (1 or -1), at most `limit`."""

    def read(window: Window) -> list[Document]:
        with store_errors():
            cursor = collection.find({**match, "position": window.condition()})
            return list(cursor.sort("position", order).limit(limit))

    return read


def read_indexed_page(
    collection: Collection[Document], match: Document, order: int, skip: int, limit: int
) -> Page[Document]:
    """A page of documents that an index finds alone, because `match` names a claim or a request."""
    with store_errors():
        cursor = collection.find(match).sort("position", order)
        return cut_page(list(cursor.skip(skip).limit(limit + 1)), limit)


def cut_page(documents: Sequence[Document], limit: int) -> Page[Document]:
    """The page that begins with these documents; more than `limit` of them tell that there is a next one."""
    if len(documents) <= limit:
        return Page(documents)
    return Page(documents[:limit], Place(documents[limit - 1]["position"]))


def time_condition(since: datetime | None, until: datetime | None) -> Document:
    """A query on a time, both ends included; {} for any time."""
    bounds = {"$gte": since, "$lte": until}
    return {operator: moment for operator, moment in bounds.items() if moment is not None}
