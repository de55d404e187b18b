"""Traces: one shows a command and all that came of it, HTTP → decide → append → stream → handler → store.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT says where spans are sent. Off, nothing of OpenTelemetry is imported, and every
function here costs one look at a variable. Spans hold routes, ids of claims and events, names of stores, never what a
request or an event says.
"""

from metrics.tracing.adapters import traced, traced_sends
from metrics.tracing.none import Batch, Span
from metrics.tracing.spans import (
    about,
    appending,
    batch,
    outgoing,
    request,
    run,
    step,
    trace_id,
    trace_keys,
)

__all__ = [
    "Batch",
    "Span",
    "about",
    "appending",
    "batch",
    "outgoing",
    "request",
    "run",
    "step",
    "trace_id",
    "trace_keys",
    "traced",
    "traced_sends",
]
