"""One JSON object a line: level, timestamp in UTC with microseconds, service, function, correlation id, facts as keys.

The message is constant, facts go into `extra`, personal data stays out; what comes in all the same is masked.
"""

import logging
import os
from datetime import UTC, datetime
from typing import Any

import orjson
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from metrics.personal import mask_facts, mask_strings, mask_text


class JsonLineFormatter(LambdaPowertoolsFormatter):
    """Powertools' formatter with the level in lower case and RFC 3339 times."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002
        """`2025-07-08T16:17:15.858521Z`"""
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def serialize(self, log: Any) -> str:
        """The line, from the record's keys. What JSON lacks is told by its repr, so that logging never fails."""
        line = {**mask_facts(log), "level": str(log["level"]).lower()}
        written = _to_json(line)
        if "\\" not in written:
            return mask_text(written)
        # An escape's letter (`\n`) would pass for one of an address: what has escapes is masked before it is written.
        return _to_json(mask_strings(orjson.loads(written)))


def _to_json(line: Any) -> str:
    return orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


logger = Logger(
    service=os.environ.get("SERVICE_NAME", "recours"),
    level=os.environ.get("LOG_LEVEL", "INFO"),
    logger_formatter=JsonLineFormatter(log_record_order=["level", "timestamp", "message"]),
    function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
)
