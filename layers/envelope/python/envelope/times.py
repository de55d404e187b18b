"""Times as the contract has them: UTC, ISO 8601, milliseconds, `Z`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer


def utc_now() -> datetime:
    """The time now in UTC, cut to milliseconds as it will be stored."""
    return cut_to_millis(datetime.now(UTC))


def cut_to_millis(moment: datetime) -> datetime:
    """Move an aware time to UTC and drop what is below a millisecond. Raises ValueError outside of years 1 to 9999."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:  # pydantic would let that one through
        raise ValueError("outside of the years 1 to 9999 in UTC") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_utc(moment: datetime) -> str:
    """`2025-07-08T14:30:00.000Z` for an aware time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
    """Read an ISO 8601 time with an offset or `Z`. Raises ValueError for anything else, a missing offset included."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time such as 2025-07-08T14:30:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset: end it with Z or +hh:mm")
    return cut_to_millis(moment)


UtcMillis = Annotated[
    AwareDatetime, AfterValidator(cut_to_millis), PlainSerializer(format_utc, return_type=str, when_used="json")
]
"""A pydantic field type: any aware time in, UTC milliseconds inside, `…Z` in JSON."""
