"""Records that are handled together: each in its own trace, with what was done for all of them below each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time_ns
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context

from metrics.tracing import none
from metrics.tracing.carrier import context_from
from metrics.tracing.live import fail

if TYPE_CHECKING:
    from envelope import Envelope
    from metrics.tracing.adapters import Operation


class TracedRecord(Protocol):
    """What is told of a record."""

    @property
    def entry_id(self) -> str:
        """The entry's id in its stream."""

    @property
    def envelope(self) -> "Envelope":
        """The event."""

    @property
    def delivery_count(self) -> int:
        """1 at the first delivery."""


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was done for all records."""

    operation: "Operation"
    began_ns: int
    ended_ns: int
    error_type: str | None


class LiveBatch(none.Batch):
    """A record whose event came without a trace, or whose trace is not kept, has no spans."""

    def __init__(
        self,
        tracer: Tracer,
        records: Sequence[TracedRecord],
        group: str,
        begun: Callable[["LiveBatch"], None],
        over: Callable[[], None],
    ) -> None:
        self._tracer = tracer
        self._records = records
        self._group = group
        self._begun, self._over = begun, over
        self._processes: dict[str, Span] = {}  # by event id
        self._entries: list[tuple[str, Span]] = []
        self._done: list[Done] = []

    def __enter__(self) -> Self:
        now_ns = time_ns()
        for record in self._records:
            if record.envelope.metadata:
                span = self._begin(record, now_ns)
                self._processes[record.envelope.event_id] = span
                self._entries.append((record.entry_id, span))
        self._begun(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over()

    def process_of(self, event_id: str) -> Span | None:
        """The span of that event's handling."""
        return self._processes.get(event_id)

    def add(self, done: Done) -> None:
        """Note what was done for all."""
        self._done.append(done)

    def ended(self, failed: Mapping[str, Exception]) -> None:
        """See `none.Batch.ended`."""
        now_ns = time_ns()
        for entry_id, span in self._entries:
            if span.is_recording():
                self._copy_operations(span)
            if entry_id in failed:
                fail(span, type(failed[entry_id]).__name__)
            span.end(now_ns)

    def _begin(self, record: TracedRecord, now_ns: int) -> Span:
        """`deliver`, from the event's time to now, is how long it was in the stream; `process` begins now."""
        envelope = record.envelope
        attributes = self._attributes(record)
        # Two machines' clocks: an event from the near future was delivered at once.
        appended_ns = min(round(envelope.timestamp.timestamp() * 1_000) * 1_000_000, now_ns)
        delivery = self._tracer.start_span(
            f"deliver {envelope.event_type}",
            context_from(envelope.metadata),
            SpanKind.CONSUMER,
            {**attributes, "messaging.operation.type": "receive"},
            start_time=appended_ns,
        )
        delivery.end(now_ns)
        return self._tracer.start_span(
            f"process {envelope.event_type}",
            set_span_in_context(delivery),
            SpanKind.CONSUMER,
            {**attributes, "messaging.operation.type": "process"},
            start_time=now_ns,
        )

    def _attributes(self, record: TracedRecord) -> dict[str, none.Value]:
        envelope = record.envelope
        return {
            "messaging.system": "redis",
            "messaging.consumer.group.name": self._group,
            "messaging.message.id": envelope.event_id,
            "recours.claim_id": envelope.aggregate_id,
            "recours.correlation_id": envelope.correlation_id,
            "recours.position": envelope.position or 0,
            "recours.delivery_count": record.delivery_count,
        }

    def _copy_operations(self, process: Span) -> None:
        below = set_span_in_context(process)
        for done in self._done:
            span = self._tracer.start_span(
                done.operation.name,
                below,
                SpanKind.CLIENT,
                {**done.operation.attributes, "recours.batch_size": len(self._records)},
                start_time=done.began_ns,
            )
            if done.error_type is not None:
                fail(span, done.error_type)
            span.end(done.ended_ns)
