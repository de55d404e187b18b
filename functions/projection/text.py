"""What an event may say and a store may not hold."""

import re
from typing import Any

REPLACEMENT = "\ufffd"

# A NUL, which PostgreSQL has no text for, and half of a surrogate pair, which UTF-8 has no bytes for.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INTEGER_MAX = 2**63 - 1


def storable(value: Any) -> Any:
    """The JSON value with each unstorable character replaced by U+FFFD, an integer beyond 64 bits by null.

    The event keeps what was said; the read models are there to be searched and shown.
    """
    match value:
        case str():
            return _UNSTORABLE.sub(REPLACEMENT, value)
        case int() if abs(value) > _INTEGER_MAX:
            return None
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
        case _:
            return value
