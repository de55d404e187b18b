"""An HTTP request is a span, in the trace of who sent it."""

import logging
from typing import Any

import orjson
import pytest
from chalice import Response

from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes
from metrics import tracing
from metrics.logs import logger
from tests.unit.tracing.recording import NOT_KEPT, PARENT, TRACE, TRACEPARENT, Recording

SECRET = "aline@example.com"


@pytest.fixture
def app() -> ServiceApp:
    app = ServiceApp("claims", title="Claims", description="For tests")
    add_standard_routes(app, dict)

    @app.operation("POST", "/claims/{claim_id}/assign", summary="Assign")
    def assign(claim_id: str) -> Response:
        with tracing.step("decide"):
            pass
        return json_response({"trace_id": tracing.trace_id()})

    @app.operation("GET", "/broken", summary="Fail")
    def broken() -> Response:
        with tracing.step("decide"):
            raise ZeroDivisionError(SECRET)

    return app


def ask(app: ServiceApp, method: str, route: str, headers: dict[str, str] | None = None, **path: str) -> Any:
    """The answer to an API Gateway event that has a query, a body and a user who are nobody's business."""
    event = {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": route,
            "path": route,
            "authorizer": {"principalId": SECRET},
        },
        "headers": {"X-Correlation-ID": "trace_xyz789", "User-Agent": SECRET, **(headers or {})},
        "pathParameters": path,
        "multiValueQueryStringParameters": {"email": [SECRET]},
        "stageVariables": None,
        "body": SECRET,
        "isBase64Encoded": False,
        "path": route,
    }
    return app(event, None)


def test_a_request_is_named_by_its_route_and_tells_the_claim(app: ServiceApp, traces: Recording) -> None:
    ask(app, "POST", "/claims/{claim_id}/assign", claim_id="claim_1")
    span = traces.one("POST /claims/{claim_id}/assign")
    assert (span.kind, span.parent, span.error) == ("SERVER", None, None)
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/claims/{claim_id}/assign",
        "http.response.status_code": 200,
        "recours.correlation_id": "trace_xyz789",
        "recours.claim_id": "claim_1",
    }
    assert traces.one("decide").parent == span.name


def test_it_goes_on_with_the_trace_of_who_sent_it(app: ServiceApp, traces: Recording) -> None:
    answer = ask(app, "POST", "/claims/{claim_id}/assign", {"Traceparent": TRACEPARENT}, claim_id="claim_1")
    assert {(span.trace_id, span.parent) for span in traces.spans()} == {
        (TRACE, PARENT),
        (TRACE, "POST /claims/{claim_id}/assign"),
    }
    assert orjson.loads(answer["body"]) == {"trace_id": TRACE}


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "rubbish",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        TRACEPARENT + "\n" + TRACEPARENT,
    ],
)
def test_what_is_no_trace_begins_a_new_one(app: ServiceApp, traces: Recording, traceparent: str) -> None:
    assert ask(app, "GET", "/broken", {"traceparent": traceparent})["statusCode"] == 500
    span = traces.one("GET /broken")
    assert span.parent is None
    assert span.trace_id != TRACE


def test_a_trace_that_is_not_kept_there_is_not_kept_here(app: ServiceApp, traces: Recording) -> None:
    answer = ask(app, "POST", "/claims/{claim_id}/assign", {"traceparent": NOT_KEPT}, claim_id="claim_1")
    assert traces.spans() == []
    assert orjson.loads(answer["body"]) == {"trace_id": None}


def test_our_failure_is_the_spans_and_says_only_its_type(app: ServiceApp, traces: Recording) -> None:
    assert ask(app, "GET", "/broken")["statusCode"] == 500
    assert traces.one("GET /broken").error == "500"
    assert traces.one("decide").error == "ZeroDivisionError"
    assert SECRET not in repr(traces.spans())


def test_a_clients_mistake_is_not_the_spans_failure(app: ServiceApp, traces: Recording) -> None:
    assert ask(app, "GET", "/nowhere")["statusCode"] == 404
    span = traces.one("GET /nowhere")
    assert (span.attributes["http.response.status_code"], span.error) == (404, None)


def test_an_id_of_no_known_form_is_not_told(app: ServiceApp, traces: Recording) -> None:
    ask(app, "POST", "/claims/{claim_id}/assign", claim_id=SECRET)
    assert "recours.claim_id" not in traces.one("POST /claims/{claim_id}/assign").attributes


@pytest.mark.parametrize("route", ["/health", "/health/ready", "/metrics", "/openapi.json", "/docs"])
def test_what_probes_and_scrapers_ask_is_not_traced(app: ServiceApp, traces: Recording, route: str) -> None:
    assert ask(app, "GET", route, {"traceparent": TRACEPARENT})["statusCode"] == 200
    assert traces.spans() == []


def test_log_lines_have_the_trace_until_the_request_is_over(
    app: ServiceApp, traces: Recording, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    [handler] = logger.handlers
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(orjson.loads(handler.format(record))))
    monkeypatch.setattr(logger, "level", logging.INFO, raising=False)
    ask(app, "POST", "/claims/{claim_id}/assign", {"traceparent": TRACEPARENT}, claim_id="claim_1")
    logger.info("after")
    assert [(line["message"], line.get("trace_id")) for line in lines] == [("request answered", TRACE), ("after", None)]


def test_the_end_of_a_request_is_told_once_its_spans_ended(app: ServiceApp, traces: Recording) -> None:
    ask(app, "GET", "/broken")
    ask(app, "GET", "/health")
    assert traces.invocations_over == 1


def test_an_append_stamps_its_events_and_keeps_what_they_carry_besides(traces: Recording, app: ServiceApp) -> None:
    from envelope import Envelope, utc_now

    event = Envelope(
        event_id="e",
        event_type="ReclamationCreee",
        aggregate_id="claim_1",
        data={},
        timestamp=utc_now(),
        correlation_id="x",
        version=1,
        metadata={"other": "kept"},
    )
    headers = {"traceparent": TRACEPARENT, "tracestate": "vendor=1"}
    context = {"requestContext": {"httpMethod": "POST", "resourcePath": "/claims"}}
    with tracing.request(context, headers, "x"), tracing.appending([event]) as span:
        [stamped] = span.stamp([event])
    append = traces.one("append ReclamationCreee")
    assert append.kind == "PRODUCER"
    assert append.attributes["recours.claim_id"] == "claim_1"
    assert stamped.metadata == {
        "other": "kept",
        "traceparent": f"00-{TRACE}-{append.span_id}-01",
        "tracestate": "vendor=1",
    }


def test_a_state_that_is_too_long_is_left_behind(traces: Recording) -> None:
    headers = {"traceparent": TRACEPARENT, "tracestate": ",".join(f"v{number}={'x' * 40}" for number in range(12))}
    context = {"requestContext": {"httpMethod": "POST", "resourcePath": "/claims"}}
    with tracing.request(context, headers, "x"), tracing.step("decide") as span:
        assert list(span.carried()) == ["traceparent"]


def test_outside_of_an_invocation_nothing_is_traced(traces: Recording) -> None:
    with tracing.step("decide"), tracing.outgoing("GET", "http://h", "/x") as span:
        assert span.carried() == {}
    assert traces.spans() == []
