"""What requests about parked events may say."""

from pydantic import BaseModel, ConfigDict, Field

from handlers.queries import LIMIT_MAX, Query

NAME_LENGTH_MAX = 500


class NoQuery(Query):
    """No parameters."""


class GroupQuery(Query):
    """`group` tells apart what is parked in several."""

    group: str | None = Field(default=None, min_length=1, max_length=NAME_LENGTH_MAX)


class PageQuery(GroupQuery):
    """A page: `after` is the `next_after` of the one before."""

    claim_id: str | None = Field(default=None, min_length=1, max_length=NAME_LENGTH_MAX)
    limit: int = Field(default=100, ge=1, le=LIMIT_MAX)
    after: str | None = Field(default=None, min_length=1, max_length=2 * NAME_LENGTH_MAX)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    group: str | None = Field(default=None, min_length=1, max_length=NAME_LENGTH_MAX)


class RetryBody(_Body):
    """Which to hand over again; by default all. With `dry_run` nothing is asked for."""

    claim_id: str | None = Field(default=None, min_length=1, max_length=NAME_LENGTH_MAX)
    dry_run: bool = False


class DiscardBody(_Body):
    """Why one is given up."""

    reason: str = Field(min_length=1, max_length=1_000, pattern=r"\S")
