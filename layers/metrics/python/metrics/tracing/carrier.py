"""The trace context as text, in headers and in an event's metadata. Source: W3C Trace Context."""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import Span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

STATE_LENGTH_MAX = 512  # what every system must be able to pass on; longer, it may be left out

_propagator = TraceContextTextMapPropagator()


def context_from(texts: Mapping[str, str]) -> Context:
    """The context that `traceparent` and `tracestate` tell; an empty one where they are missing or wrong."""
    carrier = {name: texts[name] for name in ("traceparent", "tracestate") if name in texts}
    if len(carrier.get("tracestate", "")) > STATE_LENGTH_MAX:
        del carrier["tracestate"]
    return _propagator.extract(carrier)


def carried_by(span: Span) -> dict[str, str]:
    """The texts that tell of the span."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, set_span_in_context(span))
    if len(carrier.get("tracestate", "")) > STATE_LENGTH_MAX:
        del carrier["tracestate"]
    return carrier
