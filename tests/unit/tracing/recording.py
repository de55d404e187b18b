"""A tracer whose spans stay in this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from metrics.tracing.starting import tracer_over
from metrics.tracing.switch import use

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
NOT_KEPT = f"00-{TRACE}-{PARENT}-00"


@dataclass(frozen=True)
class Seen:
    """One span as tests look at it; `parent` is the name of the one above, or its id where that is elsewhere."""

    name: str
    kind: str
    parent: str | None
    trace_id: str
    span_id: str
    error: str | None
    began_ns: int
    ended_ns: int
    attributes: dict[str, object]


class Recording:
    """What ended so far."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.invocations_over = 0

    def spans(self) -> list[Seen]:
        """In the order in which they ended."""
        finished = self.exporter.get_finished_spans()
        names = {_id_of(span): span.name for span in finished}
        return [_seen(span, names) for span in finished]

    def one(self, name: str) -> Seen:
        """The only span of that name."""
        [span] = [span for span in self.spans() if span.name == name]
        return span

    def names(self) -> list[str]:
        """The spans' names, in the order in which they ended."""
        return [span.name for span in self.spans()]

    def over(self) -> None:
        self.invocations_over += 1


@contextmanager
def recording(environment: dict[str, str] | None = None) -> Iterator[Recording]:
    """Trace within the block."""
    recorded = Recording()
    over: Callable[[], None] = recorded.over
    use(tracer_over(SimpleSpanProcessor(recorded.exporter), environment or {}, over))
    try:
        yield recorded
    finally:
        use(None)


def _id_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return format(context.span_id, "016x")


def _seen(span: ReadableSpan, names: dict[str, str]) -> Seen:
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    parent_id = format(parent.span_id, "016x") if parent else None
    attributes: dict[str, object] = dict(span.attributes or {})
    is_error = span.status.status_code is StatusCode.ERROR
    assert not span.events, "an exception's text could be personal data"
    assert span.status.description is None, "so could this"
    return Seen(
        name=span.name,
        kind=span.kind.name,
        parent=None if parent_id is None else names.get(parent_id, parent_id),
        trace_id=format(context.trace_id, "032x"),
        span_id=_id_of(span),
        error=str(attributes.get("error.type")) if is_error else None,
        began_ns=span.start_time or 0,
        ended_ns=span.end_time or 0,
        attributes=attributes,
    )
