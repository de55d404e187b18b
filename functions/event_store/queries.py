"""The query strings of this service."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from envelope import parse_utc
from envelope.errors import InvalidError
from handlers.cursors import decode_cursor, encode_cursor
from handlers.queries import PageQuery, Query
from repositories.ports.archive import EventFilter
from repositories.ports.pages import Place

POSITION_MAX = 2**53  # what JSON readers hold exactly, and within the store's 64 bits


def _read_time(text: str) -> datetime:
    try:
        return parse_utc(text)
    except OverflowError as error:
        raise ValueError("is out of range") from error


Time = Annotated[datetime, BeforeValidator(_read_time, json_schema_input_type=datetime)]
EventTypeName = Annotated[str, Field(min_length=1, max_length=64)]
CorrelationId = Annotated[str, Field(min_length=1, max_length=128)]
Version = Annotated[int, Field(ge=1, le=POSITION_MAX)]


class TimedPageQuery(PageQuery):
    """A page of events by position, of some time; times and `from_position` are included."""

    from_timestamp: Time | None = None
    to_timestamp: Time | None = None
    from_position: int = Field(default=1, ge=1, le=POSITION_MAX)

    def to_filter(self, event_type: str | None = None, correlation_id: str | None = None) -> EventFilter:
        """As the archive knows it."""
        return EventFilter(event_type, correlation_id, self.from_timestamp, self.to_timestamp, self.from_position)


class EventsQuery(TimedPageQuery):
    """Which events."""

    event_type: EventTypeName | None = None
    correlation_id: CorrelationId | None = None


class OfTypeQuery(TimedPageQuery):
    """Which events of a type."""

    correlation_id: CorrelationId | None = None


class OfCorrelationQuery(TimedPageQuery):
    """Which events of a request."""

    event_type: EventTypeName | None = None


class ReplayQuery(Query):
    """Up to which moment, and whether the answer lists the events: without them a snapshot spares reading them."""

    up_to_timestamp: Time | None = None
    up_to_version: Version | None = None
    include_events: bool = True


class DiffQuery(Query):
    """Between which versions; 0 is before the claim was made, none for `to_version` is the last."""

    from_version: int = Field(default=1, ge=0, le=POSITION_MAX)
    to_version: Version | None = None

    def check_order(self) -> None:
        """Raise InvalidError unless the versions go forward."""
        if self.to_version is not None and self.to_version < self.from_version:
            raise _invalid("to_version", "must not be below from_version")


def place_of(query: PageQuery) -> Place:
    """Where the page begins. Raises InvalidError for a cursor that no list gave out, or one with an offset."""
    if query.cursor is None:
        return Place(None, query.offset)
    if query.offset:
        raise _invalid("cursor", "stands for itself: leave the offset away")
    position, skip = decode_cursor(query.cursor, 2)
    if not _is_count(position) or not _is_count(skip):
        raise _invalid("cursor", "not one that a list gave out")
    return Place(position, skip)


def cursor_of(place: Place | None) -> str | None:
    """`next_cursor` for where the next page begins."""
    return encode_cursor([place.position, place.skip]) if place else None


def _invalid(field: str, detail: str) -> InvalidError:
    return InvalidError(f"{field}: {detail}", ((field, detail),))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= POSITION_MAX
