"""What libraries log, as JSON lines."""

import json
import logging

import pytest

from local.environment.log import JsonLines


def test_a_record_becomes_a_line_with_its_facts(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("streams.test")
    logger.addHandler(JsonLines())
    try:
        int("why")
    except ValueError:
        logger.exception("the handler failed", extra={"group": "audit-service"})
    line = json.loads(capfd.readouterr().err.splitlines()[0])
    assert (line["level"], line["message"], line["group"]) == ("error", "the handler failed", "audit-service")
    assert line["logger"] == "streams.test"
    assert "ValueError: invalid literal" in line["trace"]
    assert "args" not in line
