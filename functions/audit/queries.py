"""The query strings of this service."""

from typing import Annotated

from pydantic import Field

from handlers.queries import EventTypeName, PageQuery, Time
from repositories.ports.audit_trail import AuditFilter


class AuditQuery(PageQuery):
    """Which entries; `from` and `to` are times of the events, included."""

    aggregate_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    event_type: EventTypeName | None = None
    correlation_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    since: Time | None = Field(default=None, alias="from")
    until: Time | None = Field(default=None, alias="to")

    def to_filter(self) -> AuditFilter:
        """As the trail knows it."""
        return AuditFilter(self.aggregate_id, self.event_type, self.correlation_id, self.since, self.until)
