"""How spans leave the process: in the background, and never at the cost of an invocation.

They wait in a bounded queue; where the receiver is away or slow, what does not fit is dropped.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor

DELAY_MS = 200  # the SDK's own 5 s would be long for a person who looks, and much to lose with a process
QUEUE_COUNT_MAX = 16_384  # 500 events with six spans each, some times over; about 2 kB each
FLUSH_S_MAX = 0.3
PATIENT_AGAIN_S = 60.0
END_S_MAX = 0.8
TOLD_EVERY_S = 60.0

logger = logging.getLogger(__name__)


def processor_for(environment: Mapping[str, str]) -> BatchSpanProcessor:
    """Sends to where the standard variables say; those of the batch processor come before our defaults."""
    return BatchSpanProcessor(
        OTLPSpanExporter(),
        max_queue_size=None if environment.get("OTEL_BSP_MAX_QUEUE_SIZE") else QUEUE_COUNT_MAX,
        schedule_delay_millis=None if environment.get("OTEL_BSP_SCHEDULE_DELAY") else DELAY_MS,
    )


class Flushing:
    """When spans are sent at once: at the end of a process, and of each invocation where what follows may be frozen."""

    def __init__(self, processor: SpanProcessor, *, is_frozen_between: bool) -> None:
        self._processor = processor
        self._is_frozen_between = is_frozen_between
        self._patient_from_s = 0.0

    def after_invocation(self) -> None:
        """Wait for the receiver for FLUSH_S_MAX at most; one that was slower is not waited for for a minute."""
        if not self._is_frozen_between or time.monotonic() < self._patient_from_s:
            return
        if not _within(FLUSH_S_MAX, self._processor.force_flush):
            self._patient_from_s = time.monotonic() + PATIENT_AGAIN_S

    def at_end(self) -> None:
        """Send what waits, as far as END_S_MAX allows."""
        _within(END_S_MAX, self._processor.shutdown)


def _within(seconds_max: float, work: Callable[[], object]) -> bool:
    """Whether it was done in time; it goes on otherwise. The processor's own methods know no end."""
    thread = threading.Thread(target=work, name="traces", daemon=True)
    thread.start()
    thread.join(seconds_max)
    return not thread.is_alive()


class Seldom(logging.Handler):
    """Tells of the SDK's troubles once a minute: while the receiver is away there are many a second, all the same."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._clock_s = clock_s
        self._told_s = float("-inf")
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on, with how many came since the last."""
        if self._clock_s() < self._told_s + TOLD_EVERY_S:
            self._left_out += 1
            return
        logger.warning(
            "traces are not delivered: %s (%d more since the last line)", record.getMessage(), self._left_out
        )
        self._told_s, self._left_out = self._clock_s(), 0
