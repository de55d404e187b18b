"""What clients may write into the fields of a command."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:@+\-]{0,127}$"
TEXT_LENGTH_MAX = 10_000
LINE_LENGTH_MAX = 200
AMOUNT_MAX = 1e12
YEAR_MIN, YEAR_MAX = 1900, 9998  # a day within, whatever the offset, so that it has a form in UTC


def is_id(text: str) -> bool:
    """Whether the text could be an id that we gave or took."""
    return re.fullmatch(ID_PATTERN, text) is not None


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _storable(text: str) -> str:
    if "\x00" in text:  # PostgreSQL has no place for it, and the event could never be shown
        raise ValueError("must not contain the character U+0000")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():  # it may end up in the header of an e-mail
        raise ValueError("must be one line without control characters")
    return text


def _iso_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time with an offset, in quotes")  # noqa: TRY004 (pydantic wants ValueError)
    return value


def _sensible_year(moment: datetime) -> datetime:
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise ValueError(f"must lie between the years {YEAR_MIN} and {YEAR_MAX}")
    return moment


Id = Annotated[str, Field(pattern=ID_PATTERN, description="1 to 128 letters, digits and _.:@+-")]
Text = Annotated[
    str, Field(min_length=1, max_length=TEXT_LENGTH_MAX), AfterValidator(_not_blank), AfterValidator(_storable)
]
Line = Annotated[
    str, Field(min_length=1, max_length=LINE_LENGTH_MAX), AfterValidator(_not_blank), AfterValidator(_one_line)
]
Email = Annotated[str, Field(max_length=254, pattern=r'^[^@\s<>",;]+@[^@\s<>",;]+$'), AfterValidator(_one_line)]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ().\-]{2,31}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_iso_text), AfterValidator(_sensible_year)]
Amount = Annotated[float, Field(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
Quantity = Annotated[int, Field(ge=0, le=1_000_000_000)]
