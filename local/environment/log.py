"""The environment's own log lines: one JSON object a line on standard error, beside what the function writes."""

import logging
import os
import traceback
from contextlib import suppress
from datetime import UTC, datetime

import orjson

STANDARD_ERROR = 2


def log(level: str, message: str, **facts: object) -> None:
    """Write one line. The message is constant; what varies is a fact under a key of its own."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"level": level, "timestamp": now, "message": message, **facts}
    # Past Python's buffer and its lock, which a stuck invocation may hold when its timeout has to be told.
    with suppress(OSError):  # a disk that is full stops the log, and not who writes to it
        os.write(STANDARD_ERROR, orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))


class JsonLines(logging.Handler):
    """Sends what libraries log (the poller's layer, the servers' clients) the way `log` writes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; the facts given as `extra` become keys."""
        facts = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        if record.exc_info:
            facts["trace"] = "".join(traceback.format_exception(*record.exc_info))
        log(record.levelname.lower(), record.getMessage(), logger=record.name, **facts)


_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
