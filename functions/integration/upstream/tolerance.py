"""Fields of other people's documents, each made fit for our events or left out. Pure.

A name too long or a telephone number with a word behind it is no reason to lose the rest of an order. Limits are those
that the claims service holds its callers to.
"""

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

LINE_LENGTH_MAX = 200
AMOUNT_MAX = 1e12
COUNT_MAX = 1_000_000_000
YEAR_MIN, YEAR_MAX = 1900, 9998

_EMAIL = re.compile(r'[^@\s<>",;]+@[^@\s<>",;]+')
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{2,31}")


def line_of(value: Any) -> str | None:
    """One line of printable text, cut to its limit; None for a blank one and for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    words = " ".join(str(value).split())
    return "".join(letter for letter in words if letter.isprintable())[:LINE_LENGTH_MAX].strip() or None


def email_of(value: Any) -> str | None:
    """An address, or None."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= 254 and text.isprintable() and _EMAIL.fullmatch(text) else None


def phone_of(value: Any) -> str | None:
    """A telephone number, or None."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if _PHONE.fullmatch(text) else None


def amount_of(value: Any) -> float | None:
    """A sum of money, which may come as text (`"129.90"`), or None."""
    if isinstance(value, bool):
        return None
    try:
        amount = float(value)
    except (TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) and abs(amount) <= AMOUNT_MAX else None


def count_of(value: Any) -> int | None:
    """A whole number from 0, or None."""
    amount = amount_of(value)
    return int(amount) if amount is not None and amount == int(amount) and 0 <= amount <= COUNT_MAX else None


def moment_of(value: Any) -> datetime | None:
    """An ISO 8601 time, or None. One without an offset is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return moment if YEAR_MIN <= moment.year <= YEAR_MAX else None


def language_of(value: Any) -> Literal["fr", "en"]:
    """English for anything that begins with `en` (`en`, `en-CA`, `English`), French for all else."""
    return "en" if isinstance(value, str) and value.strip().lower().startswith("en") else "fr"


Line = Annotated[str | None, BeforeValidator(line_of)]
Email = Annotated[str | None, BeforeValidator(email_of)]
Phone = Annotated[str | None, BeforeValidator(phone_of)]
Amount = Annotated[float | None, BeforeValidator(amount_of)]
Count = Annotated[int | None, BeforeValidator(count_of)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
Language = Annotated[Literal["fr", "en"], BeforeValidator(language_of)]
