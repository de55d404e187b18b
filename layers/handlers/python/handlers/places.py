"""Cursors of the lists that are ordered by position."""

from envelope.errors import InvalidError
from handlers.cursors import decode_cursor, encode_cursor
from handlers.queries import PageQuery
from repositories.ports.pages import Place

POSITION_MAX = 2**53  # what JSON readers hold exactly, and within the store's 64 bits


def place_of(query: PageQuery) -> Place:
    """Where the page begins. Raises InvalidError for a cursor that no list gave out, or one with an offset."""
    if query.cursor is None:
        return Place(None, query.offset)
    if query.offset:
        raise _invalid("stands for itself: leave the offset away")
    position, skip = decode_cursor(query.cursor, 2)
    if not _is_count(position) or not _is_count(skip):
        raise _invalid("not one that a list gave out")
    return Place(position, skip)


def cursor_of(place: Place | None) -> str | None:
    """`next_cursor` for where the next page begins."""
    return encode_cursor([place.position, place.skip]) if place else None


def _invalid(detail: str) -> InvalidError:
    return InvalidError(f"cursor: {detail}", (("cursor", detail),))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= POSITION_MAX
