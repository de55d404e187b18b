"""The query strings of this service."""

from typing import Annotated

from pydantic import Field

from envelope.errors import InvalidError
from handlers.places import POSITION_MAX
from handlers.queries import EventTypeName, PageQuery, Query, Time
from repositories.ports.archive import EventFilter

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
            raise InvalidError(
                "to_version: must not be below from_version", (("to_version", "must not be below from_version"),)
            )
