"""Log lines for a terminal: the message, and the facts that go with it."""

import logging

_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
FACT_LENGTH_MAX = 300


class LinesWithFacts(logging.Formatter):
    """`2026-01-31 12:00:00,000 WARNING the function failed group=printing error=KeyError('status')`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        """See logging.Formatter."""
        facts = (f" {name}={_shown(value)}" for name, value in record.__dict__.items() if name not in _USUAL)
        return super().formatMessage(record) + "".join(facts)


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= FACT_LENGTH_MAX else f"{text[:FACT_LENGTH_MAX]}…"
