"""Without an address for spans there are none, and nothing of OpenTelemetry is in the process."""

import os
import subprocess
import sys

import pytest

from envelope import Envelope, utc_now
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.serving.variables import declared_parameters, with_stand_ins
from local.template import load_template
from metrics import tracing
from metrics.tracing import switch
from metrics.tracing.switch import is_wanted

FUNCTIONS = load_template(DEFAULT_TEMPLATE, with_stand_ins(declared_parameters(DEFAULT_TEMPLATE), {})).functions
LOAD_ALL = """
import sys
from importlib import import_module
for module in sys.argv[1:]:
    import_module(module)
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf"))])
"""


def loaded(**variables: str) -> str:
    """What of OpenTelemetry is there once every function of the template is loaded in one process."""
    modules = sorted({function.handler.rpartition(".")[0] for function in FUNCTIONS})
    layers = [str(folder / "python") for folder in (ROOT / "layers").iterdir()]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *layers]), **variables}
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, *modules], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_off_nothing_of_it_is_imported_by_any_function() -> None:
    assert loaded(OTEL_EXPORTER_OTLP_ENDPOINT="") == "[]\n"


def test_on_it_is() -> None:
    assert "opentelemetry.sdk.trace" in loaded(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_an_address_that_is_not_empty_turns_it_on(environment: dict[str, str], wanted: bool) -> None:
    assert is_wanted(environment) is wanted


def test_off_a_store_is_itself_and_an_event_stays_as_it_is() -> None:
    store = object()
    event = Envelope(
        event_id="e", event_type="t", aggregate_id="c", data={}, timestamp=utc_now(), correlation_id="x", version=1
    )
    assert tracing.traced(store, "store", "redis") is store
    with tracing.request({}, {}, "x"), tracing.step("decide"), tracing.appending([event]) as span:
        assert span.stamp([event])[0] is event
        assert span.carried() == {}
    assert tracing.trace_id() is None
    assert tracing.trace_keys(event.model_copy(update={"metadata": {"traceparent": "00-1-2-01"}})) == {}


def test_where_it_cannot_begin_the_function_works_and_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "metrics.tracing.starting", None)
    assert switch._started() is None
    assert [record.getMessage() for record in caplog.records] == ["there will be no traces"]
