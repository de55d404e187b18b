"""Spans that are: over OpenTelemetry's, with what our code does with them."""

from collections.abc import Callable, Sequence
from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Self

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span as OpenTelemetrySpan
from opentelemetry.trace import Status, StatusCode, set_span_in_context

from metrics.tracing import none
from metrics.tracing.carrier import carried_by

if TYPE_CHECKING:
    from envelope import Envelope

SERVER_ERROR = 500
CLIENT_ERROR = 400


def fail(span: OpenTelemetrySpan, error_type: str) -> None:
    """Mark it as failed. By type alone: an error's text may repeat what a person wrote."""
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))


class Current(none.Span):
    """A span that what follows is below. It ends elsewhere."""

    def __init__(self, span: OpenTelemetrySpan) -> None:
        self.span = span
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = attach(set_span_in_context(self.span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._token is not None:
            detach(self._token)

    def carried(self) -> dict[str, str]:
        """See `none.Span.carried`."""
        return carried_by(self.span)

    def stamp(self, events: "Sequence[Envelope]") -> "Sequence[Envelope]":
        """See `none.Span.stamp`. What the metadata have besides stays."""
        carried = self.carried()
        return [event.model_copy(update={"metadata": {**event.metadata, **carried}}) for event in events]


class Open(Current):
    """A span that ends with its block. `failing_from`: HTTP statuses from there on are its failure."""

    def __init__(self, span: OpenTelemetrySpan, failing_from: int = CLIENT_ERROR) -> None:
        super().__init__(span)
        self._failing_from = failing_from

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        if error is not None:
            fail(self.span, type(error).__name__)
        self.span.end()

    def answered(self, status: int) -> None:
        """See `none.Span.answered`."""
        self.span.set_attribute("http.response.status_code", status)
        if status >= self._failing_from:
            fail(self.span, str(status))


class Invocation(Open):
    """The first span of an invocation: its end is the invocation's."""

    def __init__(
        self, span: OpenTelemetrySpan, begun: Callable[[OpenTelemetrySpan], None], over: Callable[[], None]
    ) -> None:
        super().__init__(span, failing_from=SERVER_ERROR)
        self._begun, self._over = begun, over

    def __enter__(self) -> Self:
        self._begun(self.span)
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        self._over()
