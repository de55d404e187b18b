"""The environment's own log lines: one JSON object a line on standard error, beside what the function writes."""

import os
from datetime import UTC, datetime

import orjson

STANDARD_ERROR = 2


def log(level: str, message: str, **facts: object) -> None:
    """Write one line. The message is constant; what varies is a fact under a key of its own."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"level": level, "timestamp": now, "message": message, **facts}
    # Past Python's buffer and its lock, which a stuck invocation may hold when its timeout has to be told.
    os.write(STANDARD_ERROR, orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))
