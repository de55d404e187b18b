"""Query strings that most lists share."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from envelope import EVENT_TYPES, parse_utc

LIMIT_MAX = 500

Time = Annotated[datetime, BeforeValidator(parse_utc, json_schema_input_type=datetime)]
"""A parameter that is an ISO 8601 time with an offset; UTC milliseconds inside."""


def _known_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError(f"is not a type of event; they are {', '.join(EVENT_TYPES)}")
    return name


EventTypeName = Annotated[str, AfterValidator(_known_type)]
"""A parameter that names a type of event: a misspelt one would find nothing and say so of everything."""


class Query(BaseModel):
    """Base of a route's query parameters: an unknown one is refused, so that a misspelt filter never shows all."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PageQuery(Query):
    """A page of a list: `offset` for a few pages, `cursor` (from `next_cursor`) at any depth."""

    limit: int = Field(default=100, ge=1, le=LIMIT_MAX)
    offset: int = Field(default=0, ge=0, le=1_000_000)
    cursor: str | None = Field(default=None, max_length=1_000)
