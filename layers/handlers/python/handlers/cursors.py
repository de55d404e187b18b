"""Opaque cursors: where in an ordering a page ended."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from envelope.errors import InvalidError


def encode_cursor(values: Sequence[str | int | float | None]) -> str:
    """URL-safe text for the ordering values of the last row of a page."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The `length` values that `encode_cursor` was given. Raises InvalidError for text that it did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, orjson.JSONDecodeError, ValueError) as error:
        raise _invalid() from error
    if not isinstance(values, list) or len(values) != length:
        raise _invalid()
    return values


def _invalid() -> InvalidError:
    return InvalidError("cursor: not one that a list gave out", (("cursor", "not one that a list gave out"),))
