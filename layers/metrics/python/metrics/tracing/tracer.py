"""What makes the spans of a process that is traced."""

import re
from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from metrics.logs import logger
from metrics.tracing.batches import Done, LiveBatch, TracedRecord
from metrics.tracing.carrier import context_from
from metrics.tracing.live import Current, Invocation, Open, fail
from metrics.tracing.none import NO_SPAN, Batch, Span, Value

if TYPE_CHECKING:
    from envelope import Envelope
    from metrics.tracing.adapters import Operation

TRACE_KEY = "trace_id"
# What probes, scrapers and readers of the documentation ask for, again and again.
_UNTRACED = frozenset({"/health", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/{asset}"})
_ID = re.compile(r"[\w.:-]{1,128}")


class Tracer:
    """One a process. What happens outside of a request, a run or a batch makes no spans: it belongs to no trace."""

    def __init__(self, tracer: trace.Tracer, after_invocation: Callable[[], None]) -> None:
        self._tracer = tracer
        self._after_invocation = after_invocation
        self._batch: LiveBatch | None = None  # an environment has one invocation at a time

    def request(self, event: Mapping[str, Any], headers: Mapping[str, str], correlation_id: str) -> Span:
        """See `spans.request`."""
        method, route = event["requestContext"]["httpMethod"], event["requestContext"]["resourcePath"]
        if route in _UNTRACED:
            return NO_SPAN
        attributes: dict[str, Value] = {
            "http.request.method": method,
            "http.route": route,
            "recours.correlation_id": correlation_id,
            **_claim_of(event.get("pathParameters") or {}),
        }
        return self._invocation(f"{method} {route}", context_from(headers), SpanKind.SERVER, attributes)

    def run(self, name: str) -> Span:
        """See `spans.run`."""
        return self._invocation(name, Context(), SpanKind.INTERNAL, {})

    def of_batch(self, records: Sequence[TracedRecord], group: str) -> Batch:
        """See `spans.batch`."""
        return LiveBatch(self._tracer, records, group, self._batch_begun, self._batch_over)

    def about(self, event_id: str, metadata: Mapping[str, str]) -> Span:
        """See `spans.about`."""
        process = self._batch.process_of(event_id) if self._batch is not None else None
        if process is not None:
            return Current(process)
        came_with = trace.get_current_span(context_from(metadata))
        return Current(came_with) if came_with.get_span_context().is_valid else NO_SPAN

    def step(self, name: str) -> Span:
        """See `spans.step`."""
        return self._below(name, SpanKind.INTERNAL, {})

    def appending(self, events: "Sequence[Envelope]") -> Span:
        """See `spans.appending`."""
        attributes: dict[str, Value] = {
            "messaging.system": "redis",
            "messaging.destination.name": "events:all",
            "messaging.operation.type": "send",
            "messaging.batch.message_count": len(events),
        }
        if len(events) == 1:
            attributes["messaging.message.id"] = events[0].event_id
            attributes["recours.claim_id"] = events[0].aggregate_id
        types = " ".join(dict.fromkeys(event.event_type for event in events))
        return self._below(f"append {types}", SpanKind.PRODUCER, attributes)

    def outgoing(self, method: str, url: str, template: str) -> Span:
        """See `spans.outgoing`."""
        parts = urlsplit(url)
        attributes: dict[str, Value] = {
            "http.request.method": method,
            "url.template": template,
            "server.address": parts.hostname or "",
        }
        if parts.port is not None:
            attributes["server.port"] = parts.port
        return self._below(f"{method} {template}", SpanKind.CLIENT, attributes)

    def note(self, operation: "Operation", began_ns: int, error: BaseException | None) -> None:
        """An operation that ends now: of the batch as a whole, or of what is going on."""
        above = trace.get_current_span()
        is_alone = not above.get_span_context().is_valid
        if self._batch is not None and (operation.is_shared or is_alone):
            error_type = None if error is None else type(error).__name__
            self._batch.add(Done(operation, began_ns, time_ns(), error_type))
        elif above.is_recording():
            span = self._tracer.start_span(
                operation.name, None, SpanKind.CLIENT, operation.attributes, start_time=began_ns
            )
            if error is not None:
                fail(span, type(error).__name__)
            span.end()

    def trace_id(self) -> str | None:
        """See `spans.trace_id`."""
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.trace_flags.sampled else None

    def _below(self, name: str, kind: SpanKind, attributes: Mapping[str, Value]) -> Span:
        if not trace.get_current_span().get_span_context().is_valid:
            return NO_SPAN
        return Open(self._tracer.start_span(name, None, kind, attributes))

    def _invocation(self, name: str, above: Context, kind: SpanKind, attributes: Mapping[str, Value]) -> Span:
        return Invocation(
            self._tracer.start_span(name, above, kind, attributes), self._invocation_begun, self._invocation_over
        )

    def _invocation_begun(self, span: trace.Span) -> None:
        logger.append_keys(**{TRACE_KEY: trace.format_trace_id(span.get_span_context().trace_id)})

    def _invocation_over(self) -> None:
        logger.remove_keys([TRACE_KEY])
        self._after_invocation()

    def _batch_begun(self, batch: LiveBatch) -> None:
        self._batch = batch

    def _batch_over(self) -> None:
        self._batch = None
        self._after_invocation()


def _claim_of(path: Mapping[str, str]) -> dict[str, Value]:
    claim_id = path.get("claim_id") or path.get("aggregate_id") or ""
    return {"recours.claim_id": claim_id} if _ID.fullmatch(claim_id) else {}
