"""On Lambda, where nobody scrapes, what an invocation counts is printed for CloudWatch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from metrics import instruments
from metrics.emf import Recorder

COUNTING = """
from metrics.catalog import CLAIMS_CREATED, HTTP_REQUEST_DURATION, LOG_MEMORY_RATIO, REPLAYS_PERFORMED
from metrics.instruments import flush_metrics
for _ in range(3):
    CLAIMS_CREATED.labels("billing_error").inc()
for seconds in range(150):
    HTTP_REQUEST_DURATION.labels("query", "GET", "/claims", "200").observe(seconds / 1000)
LOG_MEMORY_RATIO.set(0.1)
LOG_MEMORY_RATIO.set(0.25)
flush_metrics()
print("--")
REPLAYS_PERFORMED.inc()
flush_metrics()
print("--")
flush_metrics()
import sys
print("loaded" if "aws_lambda_powertools.metrics" in sys.modules else "not loaded")
"""
LAYERS = Path(__file__).parents[3] / "layers"
HANDLING = """
from handlers.batch import handle_together
from handlers.responses import json_response
from handlers.service_app import ServiceApp
app = ServiceApp("claims", title="", description="")
app.operation("GET", "/claims", summary="")(lambda: json_response({}))
app({"requestContext": {"resourcePath": "/claims", "httpMethod": "GET"}, "headers": {}, "pathParameters": None,
     "multiValueQueryStringParameters": None, "stageVariables": None, "body": None, "isBase64Encoded": False}, None)
print("--")
event = {"event_id": "e", "event_type": "ReclamationEnCours", "aggregate_id": "claim_1", "data": {},
         "timestamp": "2025-07-08T14:30:00.000Z", "correlation_id": "t", "version": 1}
handle_together({"Records": [{"eventSource": "redis:streams", "eventID": "1-0", "stream": "s", "group": "g",
                              "deliveryCount": 1, "event": event}]}, lambda records: {})
print("--")
"""


def invocations(code: str = COUNTING, **environment: str) -> list[list[str]]:
    """What each of three invocations printed, by lines."""
    layers = ":".join(str(LAYERS / name / "python") for name in ("metrics", "handlers", "envelope"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": layers, "SERVICE_NAME": "claims", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return [part.splitlines() for part in done.stdout.replace("--\n", "\x00").split("\x00")]


def described(document: dict[str, Any]) -> tuple[str, list[str], dict[str, str]]:
    """Namespace, dimensions and units of an EMF document, each dimension and metric of which must be there."""
    [directive] = document["_aws"]["CloudWatchMetrics"]
    assert isinstance(document["_aws"]["Timestamp"], int)
    [dimensions] = directive["Dimensions"]
    assert all(isinstance(document[name], str) and document[name] for name in dimensions)
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    for name in units:
        values = document[name] if isinstance(document[name], list) else [document[name]]
        assert all(isinstance(value, int | float) for value in values)
        assert 0 < len(values) <= 100
    return directive["Namespace"], dimensions, units


def test_each_invocation_prints_what_it_counted_and_nothing_twice() -> None:
    first, second, third = invocations(AWS_LAMBDA_FUNCTION_NAME="ClaimsFunction")
    documents = [json.loads(line) for line in first]
    told = [described(document) for document in documents]
    assert all(namespace == "Recours" for namespace, _, _ in told)
    created = next(document for document in documents if "claims_created_total" in document)
    assert (created["claims_created_total"], created["claim_type"], created["service"]) == (
        [3.0],
        "billing_error",
        "claims",
    )
    seconds = [
        each for document in documents if "route" in document for each in document["http_request_duration_seconds"]
    ]
    assert sorted(seconds) == [each / 1000 for each in range(150)]
    assert next(document["log_memory_ratio"] for document in documents if "log_memory_ratio" in document) == [0.25]
    assert {"claims_created_total": "Count"} in [units for _, _, units in told]
    assert {"http_request_duration_seconds": "Seconds"} in [units for _, _, units in told]
    [replay] = [json.loads(line) for line in second]
    assert replay["replays_performed_total"] == [1.0]
    assert third == ["loaded"]


def test_where_files_are_collected_nothing_is_printed_or_loaded(tmp_path: Path) -> None:
    assert invocations(AWS_LAMBDA_FUNCTION_NAME="F", PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) == [[], [], ["not loaded"]]
    assert invocations() == [[], [], ["not loaded"]]


def test_a_request_and_a_batch_end_with_what_they_counted() -> None:
    request, batch, _ = invocations(
        HANDLING, AWS_LAMBDA_FUNCTION_NAME="ClaimsFunction", AUTH_MODE="off", LOG_LEVEL="ERROR"
    )
    [answered] = [json.loads(line) for line in request]
    assert described(answered) == (
        "Recours",
        ["service", "method", "route", "status"],
        {"http_request_duration_seconds": "Seconds"},
    )
    assert (answered["route"], answered["status"]) == ("/claims", "200")
    [processed] = [json.loads(line) for line in batch]
    assert described(processed)[2] == {
        "events_processed_total": "Count",
        "event_processing_duration_seconds": "Seconds",
        "event_delivery_duration_seconds": "Seconds",
    }
    assert (processed["service"], processed["event_type"]) == ("claims", "ReclamationEnCours")


def test_another_namespace_may_be_named() -> None:
    first, *_ = invocations(AWS_LAMBDA_FUNCTION_NAME="F", POWERTOOLS_METRICS_NAMESPACE="Elsewhere")
    assert {described(json.loads(line))[0] for line in first} == {"Elsewhere"}


def test_what_cannot_be_printed_is_told_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder("Recours", "claims")
    recorder.add("a name that CloudWatch does not take" * 10, (), 1)
    monkeypatch.setattr(instruments, "_recorder", recorder)
    instruments.flush_metrics()
    assert [record.message for record in caplog.records] == ["the metrics could not be printed"]
    instruments.flush_metrics()
    assert len(caplog.records) == 1
