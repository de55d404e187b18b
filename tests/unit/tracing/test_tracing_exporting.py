"""A receiver that is away or slow costs an invocation next to nothing."""

import logging
import threading

import pytest
from opentelemetry.sdk.trace import SpanProcessor

from metrics.tracing.exporting import DELAY_MS, QUEUE_COUNT_MAX, Flushing, Seldom, processor_for
from metrics.tracing.starting import resource_of


class Receiver(SpanProcessor):
    """Takes spans at once, or once it is let."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.let = threading.Event()
        self.flushes = 0
        self.ends = 0
        if not is_slow:
            self.let.set()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self.flushes += 1
        return self.let.wait()

    def shutdown(self) -> None:
        self.ends += 1
        self.let.wait()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.tracing.exporting.FLUSH_S_MAX", 0.01)
    monkeypatch.setattr("metrics.tracing.exporting.END_S_MAX", 0.01)


def test_where_the_process_is_frozen_between_invocations_each_sends_its_own() -> None:
    receiver = Receiver()
    flushing = Flushing(receiver, is_frozen_between=True)
    flushing.after_invocation()
    flushing.after_invocation()
    assert receiver.flushes == 2


def test_elsewhere_no_invocation_waits() -> None:
    receiver = Receiver()
    Flushing(receiver, is_frozen_between=False).after_invocation()
    assert receiver.flushes == 0


@pytest.mark.usefixtures("short")
def test_a_receiver_that_was_slow_is_not_waited_for_again_soon() -> None:
    receiver = Receiver(is_slow=True)
    flushing = Flushing(receiver, is_frozen_between=True)
    for _ in range(3):
        flushing.after_invocation()
    assert receiver.flushes == 1
    receiver.let.set()


@pytest.mark.usefixtures("short")
def test_the_end_of_a_process_does_not_wait_for_a_receiver_that_is_away() -> None:
    receiver = Receiver(is_slow=True)
    Flushing(receiver, is_frozen_between=False).at_end()
    assert receiver.ends == 1
    receiver.let.set()


def test_troubles_are_told_once_a_minute_with_how_many_there_were(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    seldom = Seldom(lambda: now_s)
    for second in (0, 1, 30, 60):
        now_s = float(second)
        seldom.emit(logging.makeLogRecord({"msg": "connection %s", "args": ("refused",), "levelno": logging.WARNING}))
    assert [record.getMessage() for record in caplog.records] == [
        "traces are not delivered: connection refused (0 more since the last line)",
        "traces are not delivered: connection refused (2 more since the last line)",
    ]


@pytest.mark.parametrize(
    ("environment", "queue", "delay_ms"),
    [
        ({}, QUEUE_COUNT_MAX, DELAY_MS),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "700", "OTEL_BSP_SCHEDULE_DELAY": "50"}, 700, 50),
    ],
)
def test_spans_wait_in_a_bounded_queue_that_the_standard_variables_size(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], queue: int, delay_ms: int
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    processor = processor_for(environment)
    batch = processor._batch_processor
    assert (batch._max_queue_size, batch._schedule_delay_millis) == (queue, delay_ms)
    Flushing(processor, is_frozen_between=False).at_end()


def test_who_makes_the_spans_is_told_by_what_lambda_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    environment = {"SERVICE_NAME": "claims", "AWS_LAMBDA_FUNCTION_NAME": "ClaimsFunction", "AWS_REGION": ""}
    attributes = resource_of(environment).attributes
    assert attributes["service.name"] == "claims"
    assert attributes["faas.name"] == "ClaimsFunction"
    assert attributes["deployment.environment.name"] == "staging"
    assert "cloud.region" not in attributes
