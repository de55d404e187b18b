"""Whole numbers in paths and queries, refused in FastAPI's words."""

import re

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")  # more digits than any id, and fewer than Python refuses to read


class InvalidIntegerError(Exception):
    """No whole number, or one out of bounds. `place` is where it stands, as (`path`, `order_id`)."""

    def __init__(self, kind: str, place: tuple[str, str], message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.place = place


def integer(text: str, place: tuple[str, str], least: int | None = None, most: int | None = None) -> int:
    """The number that the text is. Raises InvalidIntegerError."""
    if not _INTEGER.fullmatch(text):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise InvalidIntegerError("int_parsing", place, message)
    number = int(text)
    if least is not None and number < least:
        message = f"Input should be greater than or equal to {least}"
        raise InvalidIntegerError("greater_than_equal", place, message)
    if most is not None and number > most:
        raise InvalidIntegerError("less_than_equal", place, f"Input should be less than or equal to {most}")
    return number
