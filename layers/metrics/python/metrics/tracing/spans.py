"""What handlers and use cases ask for. Each answers with what does nothing where there are no traces."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metrics.tracing.none import NO_BATCH, NO_SPAN, Batch, Span
from metrics.tracing.switch import active

if TYPE_CHECKING:
    from envelope import Envelope
    from metrics.tracing.batches import TracedRecord


def request(event: Mapping[str, Any], headers: Mapping[str, str], correlation_id: str) -> Span:
    """An HTTP request, in the trace that its `traceparent` names or a new one.

    `event` is API Gateway's; `headers` are its own, with their names in small letters.
    """
    tracer = active()
    return NO_SPAN if tracer is None else tracer.request(event, headers, correlation_id)


def run(name: str) -> Span:
    """A run that nobody asked for, as by a schedule: a new trace."""
    tracer = active()
    return NO_SPAN if tracer is None else tracer.run(name)


def batch(records: "Sequence[TracedRecord]", group: str) -> Batch:
    """Records that are handled together, each in the trace of its event."""
    tracer = active()
    return NO_BATCH if tracer is None else tracer.of_batch(records, group)


def about(event_id: str, metadata: Mapping[str, str]) -> Span:
    """What is done for one event alone: within its handling, or, where it is not in hand, in the trace it came with."""
    tracer = active()
    return NO_SPAN if tracer is None else tracer.about(event_id, metadata)


def step(name: str) -> Span:
    """A part of what is going on; nothing where nothing is."""
    tracer = active()
    return NO_SPAN if tracer is None else tracer.step(name)


def appending(events: "Sequence[Envelope]") -> Span:
    """The append of events to the log, which then carry it: `events = span.stamp(events)`."""
    tracer = active()
    return NO_SPAN if tracer is None else tracer.appending(events)


def outgoing(method: str, url: str, template: str) -> Span:
    """A question to another service: give it the headers of `carried()`. The template is the path without any id."""
    tracer = active()
    return NO_SPAN if tracer is None else tracer.outgoing(method, url, template)


def trace_id() -> str | None:
    """The trace that is going on and kept, 32 hexadecimal digits: for exemplars."""
    tracer = active()
    return None if tracer is None else tracer.trace_id()


def trace_keys(envelope: "Envelope") -> dict[str, str]:
    """`{"trace_id": …}` of the event's trace, for its log line; empty where there are no traces."""
    if active() is None:
        return {}
    parts = envelope.metadata.get("traceparent", "").split("-")
    return {"trace_id": parts[1]} if len(parts) > 1 else {}
