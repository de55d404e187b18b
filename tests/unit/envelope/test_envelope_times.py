"""Times at their edges."""

import pytest
from pydantic import TypeAdapter, ValidationError

from envelope import UtcMillis, format_utc, parse_utc

TIME = TypeAdapter(UtcMillis)


def test_any_offset_becomes_utc_cut_to_milliseconds() -> None:
    assert format_utc(parse_utc("2025-07-08T16:30:00.123999+02:00")) == "2025-07-08T14:30:00.123Z"


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        parse_utc("2025-07-08T16:30:00")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_that_utc_has_no_year_for_is_a_validation_error(text: str) -> None:
    with pytest.raises(ValidationError):
        TIME.validate_python(text)
    with pytest.raises(ValueError, match="years 1 to 9999"):
        parse_utc(text)
