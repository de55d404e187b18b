"""The query strings of the read routes, and what of them the store is asked."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from envelope import ClaimType, Urgency
from envelope.errors import InvalidError
from handlers.queries import PageQuery, Query, Time
from repositories.ports.read_model_reader import ClaimFilters, Sort

ID_LENGTH_MAX = 128
TERM_LENGTH_MAX = 200
TERM_WORDS_MAX = 12
POSITION_MAX = 2**63 - 1

Status = Literal["created", "assigned", "in_progress", "resolved", "closed"]

# PostgreSQL has no text with a NUL, and UTF-8 no bytes for half of a surrogate pair.
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_WORD = re.compile(r"[^\W_]+")


def _readable(text: str) -> str:
    if _UNREADABLE.search(text):
        raise ValueError("holds a character that no text has (NUL or half of a surrogate pair)")
    return text


Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH_MAX), AfterValidator(_readable)]
Term = Annotated[str, Field(min_length=1, max_length=TERM_LENGTH_MAX), AfterValidator(_readable)]
MinPosition = Annotated[
    int | None, Field(ge=0, le=POSITION_MAX, description="Wait until the read models have this position")
]


class PositionQuery(Query):
    """A read that may wait for the read side."""

    min_position: MinPosition = None


class FilterQuery(PageQuery):
    """The filters that every list of claims has."""

    claim_type: ClaimType | None = None
    urgency: Urgency | None = None
    product_id: Id | None = None
    order_id: Id | None = None
    created_from: Time | None = Field(default=None, description="Created then or later")
    created_to: Time | None = Field(default=None, description="Created before")
    min_position: MinPosition = None

    def filters(self, **of_path: str) -> ClaimFilters:
        """These filters and those that the path tells."""
        names = ClaimFilters.__dataclass_fields__.keys()
        given: dict[str, Any] = {name: getattr(self, name, None) for name in names}
        return ClaimFilters(**(given | of_path))


class SortedQuery(FilterQuery):
    """A list of claims in an order; `-` means descending."""

    sort: Sort = "-created_at"


class ClaimsQuery(SortedQuery):
    """`GET /claims`"""

    status: Status | None = None
    customer_id: Id | None = None
    agent_id: Id | None = None


class CustomerClaimsQuery(SortedQuery):
    """`GET /claims/customer/{customer_id}`"""

    status: Status | None = None
    agent_id: Id | None = None


class AgentClaimsQuery(SortedQuery):
    """`GET /claims/agent/{agent_id}`"""

    status: Status | None = None
    customer_id: Id | None = None


class StatusClaimsQuery(SortedQuery):
    """`GET /claims/status/{status}`"""

    customer_id: Id | None = None
    agent_id: Id | None = None


class SearchQuery(FilterQuery):
    """`GET /search`"""

    q: Term
    status: Status | None = None
    customer_id: Id | None = None
    agent_id: Id | None = None

    def words(self) -> list[str]:
        """The letters and digits of the term, word by word. Raises InvalidError where there are none, or too many."""
        words = _WORD.findall(self.q)
        if not 1 <= len(words) <= TERM_WORDS_MAX:
            message = f"must have 1 to {TERM_WORDS_MAX} words of letters or digits"
            raise InvalidError(f"q: {message}", (("q", message),))
        return words


class CustomerStatsQuery(PageQuery):
    """`GET /stats/customers`"""

    customer_id: Id | None = None
    min_position: MinPosition = None


class AgentStatsQuery(PageQuery):
    """`GET /stats/agents`"""

    agent_id: Id | None = None
    min_position: MinPosition = None


class ProductStatsQuery(PageQuery):
    """`GET /stats/products`"""

    product_id: Id | None = None
    min_position: MinPosition = None


class ClaimTypeStatsQuery(PositionQuery):
    """`GET /stats/claim-types`"""

    claim_type: ClaimType | None = None


class CustomerPath(Query):
    """The id in a path."""

    customer_id: Id


class AgentPath(Query):
    """The id in a path."""

    agent_id: Id


class ClaimPath(Query):
    """The id in a path."""

    claim_id: Id


class StatusPath(Query):
    """The status in a path."""

    status: Status
