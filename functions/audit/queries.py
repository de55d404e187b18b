"""The query strings of this service."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from envelope import parse_utc
from envelope.errors import InvalidError
from handlers.cursors import decode_cursor, encode_cursor
from handlers.queries import PageQuery
from repositories.ports.audit_trail import AuditFilter
from repositories.ports.pages import Place

POSITION_MAX = 2**53  # what JSON readers hold exactly, and within the store's 64 bits


def _read_time(text: str) -> datetime:
    try:
        return parse_utc(text)
    except OverflowError as error:
        raise ValueError("is out of range") from error


Time = Annotated[datetime, BeforeValidator(_read_time, json_schema_input_type=datetime)]


class AuditQuery(PageQuery):
    """Which entries; `from` and `to` are times of the events, included."""

    aggregate_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    event_type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    correlation_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    since: Time | None = Field(default=None, alias="from")
    until: Time | None = Field(default=None, alias="to")

    def to_filter(self) -> AuditFilter:
        """As the trail knows it."""
        return AuditFilter(self.aggregate_id, self.event_type, self.correlation_id, self.since, self.until)


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
