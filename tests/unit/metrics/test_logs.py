"""A log line as programs read it."""

import json
import logging

import pytest

from metrics.logs import JsonLineFormatter, logger


def test_a_line_is_json_with_level_time_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    formatter = JsonLineFormatter(log_record_order=["level", "timestamp", "message"])
    record = logging.LogRecord("recours", logging.INFO, __file__, 1, "event processed", None, None)
    record.event_type = "ReclamationCreee"
    line = json.loads(formatter.format(record))
    assert line["level"] == "info"
    assert line["message"] == "event processed"
    assert line["event_type"] == "ReclamationCreee"
    assert line["timestamp"].endswith("Z")
    assert len(line["timestamp"]) == len("2025-07-08T16:17:15.858521Z")


def test_the_service_is_on_every_line() -> None:
    assert logger.service
