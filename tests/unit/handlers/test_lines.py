"""What a handler logs: each line with the ids of its own request or event, and of no other."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest
from chalice import Response

from handlers.batch import Record, StreamBatch, handle_each, handle_together
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes
from metrics.logs import logger

Line = dict[str, Any]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Line]]:
    """Every line from now on."""
    written: list[Line] = []
    [handler] = logger.handlers
    monkeypatch.setattr(handler, "emit", lambda record: written.append(orjson.loads(handler.format(record))))
    level = logger.log_level
    logger.setLevel(logging.DEBUG)
    yield written
    logger.setLevel(level)


@pytest.fixture
def app() -> ServiceApp:
    app = ServiceApp("claims", title="Claims", description="For tests")
    add_standard_routes(app, dict)

    @app.operation("POST", "/claims/{claim_id}/assign", summary="Assign", status=201)
    def assign(claim_id: str) -> Response:
        logger.info("assigned", extra={"claim_id": claim_id})
        return json_response({}, 201)

    @app.operation("GET", "/broken", summary="Fail")
    def broken() -> Response:
        raise ZeroDivisionError("of aline@example.com")

    return app


def ask(app: ServiceApp, method: str, route: str, correlation_id: str = "trace_1", **path: str) -> None:
    app(
        {
            "requestContext": {"httpMethod": method, "resourcePath": route, "path": route},
            "headers": {"X-Correlation-ID": correlation_id},
            "pathParameters": path,
            "multiValueQueryStringParameters": None,
            "stageVariables": None,
            "body": None,
            "isBase64Encoded": False,
            "path": route,
        },
        None,
    )


def batch(*claims: str) -> StreamBatch:
    """An event of each claim, with a correlation id of its own."""
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{number}-0",
                "stream": "events:all",
                "group": "g",
                "deliveryCount": 1,
                "event": {
                    "event_id": f"event-{number}",
                    "event_type": "ReclamationEnCours",
                    "aggregate_id": claim_id,
                    "data": {},
                    "timestamp": "2025-07-08T14:30:00.000Z",
                    "correlation_id": f"trace_{number}",
                    "version": 1,
                },
            }
            for number, claim_id in enumerate(claims, 1)
        ]
    }


def told(lines: Sequence[Line], *keys: str) -> list[tuple[Any, ...]]:
    return [(line["message"], *(line.get(key) for key in keys)) for line in lines]


def test_an_answered_request_tells_what_it_was_and_how_long_it_took(app: ServiceApp, lines: list[Line]) -> None:
    ask(app, "POST", "/claims/{claim_id}/assign", claim_id="claim_1")
    line = lines[-1]
    assert told([line], "level", "method", "route", "status", "claim_id", "correlation_id") == [
        ("request answered", "info", "POST", "/claims/{claim_id}/assign", 201, "claim_1", "trace_1")
    ]
    assert isinstance(line["duration_ms"], float)
    assert line["duration_ms"] > 0
    assert line["service"]
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("route", ["/health", "/health/ready", "/metrics", "/openapi.json", "/docs"])
def test_what_is_asked_all_the_time_is_told_to_those_who_look_closely(
    app: ServiceApp, lines: list[Line], route: str
) -> None:
    ask(app, "GET", route)
    assert told(lines, "level", "route") == [("request answered", "debug", route)]


def test_a_request_leaves_its_id_to_nobody(app: ServiceApp, lines: list[Line]) -> None:
    ask(app, "POST", "/claims/{claim_id}/assign", "trace_1", claim_id="claim_1")
    logger.info("between")
    ask(app, "GET", "/broken", "trace_2")
    logger.info("after")
    assert told(lines, "correlation_id", "claim_id") == [
        ("assigned", "trace_1", "claim_1"),
        ("request answered", "trace_1", "claim_1"),
        ("between", None, None),
        ("request failed", "trace_2", None),
        ("request answered", "trace_2", None),
        ("after", None, None),
    ]
    assert "aline" not in repr(lines)


def test_each_line_of_a_batch_has_its_own_events_ids(lines: list[Line]) -> None:
    def apply(record: Record) -> None:
        logger.info("applied")
        if record.entry_id == "2-0":
            raise ValueError("cannot")

    handle_each(batch("claim_1", "claim_2", "claim_3"), apply)
    logger.info("after")
    assert told(lines, "correlation_id", "claim_id", "event_id") == [
        ("applied", "trace_1", "claim_1", None),
        ("event processed", "trace_1", "claim_1", "event-1"),
        ("applied", "trace_2", "claim_2", None),
        ("applied", "trace_3", "claim_3", None),
        ("event processed", "trace_3", "claim_3", "event-3"),
        ("event failed", "trace_2", "claim_2", "event-2"),
        ("after", None, None, None),
    ]


def test_events_that_were_handled_together_are_told_one_by_one(lines: list[Line]) -> None:
    def apply_all(records: Sequence[Record]) -> Mapping[str, Exception]:
        return {records[0].entry_id: ValueError("cannot")}

    handle_together(batch("claim_1", "claim_2"), apply_all)
    assert told(lines, "level", "correlation_id", "event_id", "event_type") == [
        ("event processed", "info", "trace_2", "event-2", "ReclamationEnCours"),
        ("event failed", "error", "trace_1", "event-1", "ReclamationEnCours"),
    ]
    assert isinstance(lines[0]["duration_ms"], float)
