"""An OTLP receiver, as OpenTelemetry's collector is one: it takes spans over HTTP and reads the official protobuf."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtobufSpan

Value = str | int | float | bool


@dataclass(frozen=True)
class ReceivedSpan:
    """One span. Ids are hexadecimal, times nanoseconds; `parent_id` is empty for the first of its trace."""

    service: str
    function: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    began_ns: int
    ended_ns: int
    attributes: dict[str, Value]
    is_error: bool


class OtlpReceiver:
    """Has what was received, in the order in which it came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[ReceivedSpan] = []

    def traces(self) -> dict[str, list[ReceivedSpan]]:
        """The spans by their trace's id."""
        found: dict[str, list[ReceivedSpan]] = {}
        for span in list(self.spans):
            found.setdefault(span.trace_id, []).append(span)
        return found


@contextmanager
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """A receiver on a free port of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.spans.extend(spans_in(ExportTraceServiceRequest.FromString(body)))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver = OtlpReceiver(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield receiver
        server.shutdown()
        serving.join()


def spans_in(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    """The spans of one request."""
    for of_resource in request.resource_spans:
        resource = _values(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield _received(span, str(resource.get("service.name")), str(resource.get("faas.name")))


def _received(span: ProtobufSpan, service: str, function: str) -> ReceivedSpan:
    return ReceivedSpan(
        service=service,
        function=function,
        name=span.name,
        kind=ProtobufSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        attributes=_values(span.attributes),
        is_error=span.status.code == 2,
    )


def _values(attributes: "Iterator[KeyValue]") -> dict[str, Value]:
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    assert kind in ("string_value", "int_value", "double_value", "bool_value"), kind
    found: Value = getattr(value, kind)
    return found
