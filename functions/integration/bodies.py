"""The body of a claim made from an order, with the limits that the claims service has."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from envelope import ClaimType, Urgency
from functions.integration.identifiers import is_id

DESCRIPTION_LENGTH_MAX = 10_000


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("must have 1 to 128 letters, digits and _.:@+-")
    return text


def _said(text: str) -> str:
    if not text.strip() or "\x00" in text:
        raise ValueError("must not be blank, nor contain the character U+0000")
    return text


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Id = Annotated[str, AfterValidator(_id)]


class FromOrderBody(BaseModel):
    """A claim about an order; whose it is and what was in it, the order system tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: Id
    claim_type: ClaimType
    description: Annotated[str, Field(min_length=1, max_length=DESCRIPTION_LENGTH_MAX), AfterValidator(_said)]
    urgency: Urgency = "medium"
    product_id: Id | None = None
    channel: Annotated[str, Field(max_length=200), AfterValidator(_one_line)] | None = None


class OrderPath(BaseModel):
    """The id in a path."""

    order_id: Id


class CustomerPath(BaseModel):
    """The id in a path."""

    customer_id: Id
