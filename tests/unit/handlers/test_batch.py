"""Which records of a batch are done and which must come again."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from handlers.batch import BatchResponse, Record, StreamBatch, handle_each, handle_together
from metrics.logs import logger


def event(claim_id: str, version: int = 1) -> dict[str, Any]:
    return {
        "event_id": f"{claim_id}-{version}",
        "event_type": "ReclamationEnCours",
        "aggregate_id": claim_id,
        "data": {"agent_id": "agent_smith"},
        "timestamp": "2025-07-08T14:30:00.000Z",
        "correlation_id": "trace_xyz789",
        "version": version,
    }


def batch(*events: dict[str, Any]) -> StreamBatch:
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{number}-0",
                "stream": "events:all",
                "group": "g",
                "deliveryCount": 1,
                "event": one,
            }
            for number, one in enumerate(events, 1)
        ]
    }


def failed(response: BatchResponse) -> list[str]:
    return [item["itemIdentifier"] for item in response["batchItemFailures"]]


class Subscriber:
    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.seen: list[str] = []

    def apply(self, record: Record) -> None:
        self.seen.append(record.entry_id)
        if record.entry_id in self.failing:
            raise ValueError("cannot")

    def apply_all(self, records: Sequence[Record]) -> Mapping[str, Exception]:
        self.seen += [record.entry_id for record in records]
        return {name: ValueError("cannot") for name in self.failing if name in self.seen}


def test_a_batch_that_went_well_reports_nothing() -> None:
    subscriber = Subscriber()
    assert handle_each(batch(event("a"), event("b")), subscriber.apply) == {"batchItemFailures": []}
    assert subscriber.seen == ["1-0", "2-0"]


def test_a_failure_holds_back_the_rest_of_its_claim_alone() -> None:
    subscriber = Subscriber("1-0")
    response = handle_each(batch(event("a"), event("b"), event("a", 2)), subscriber.apply)
    assert failed(response) == ["1-0", "3-0"]
    assert subscriber.seen == ["1-0", "2-0"]


@pytest.mark.parametrize("handle", ["each", "together"])
def test_a_record_that_is_no_event_is_reported_and_holds_back_its_claim(handle: str) -> None:
    subscriber = Subscriber()
    records = batch({"aggregate_id": "a", "unreadable": "?"}, event("a"), event("b"), {"unreadable": "?"})
    if handle == "each":
        response = handle_each(records, subscriber.apply)
    else:
        response = handle_together(records, subscriber.apply_all)
    assert failed(response) == ["1-0", "2-0", "4-0"]
    assert subscriber.seen == ["3-0"]


def test_together_reports_what_the_service_says_failed() -> None:
    subscriber = Subscriber("2-0")
    assert failed(handle_together(batch(event("a"), event("b"), event("c")), subscriber.apply_all)) == ["2-0"]


def test_together_reports_all_when_the_service_raises() -> None:
    def store_down(records: Sequence[Record]) -> Mapping[str, Exception]:
        raise ConnectionError("away")

    assert failed(handle_together(batch(event("a"), event("b")), store_down)) == ["1-0", "2-0"]


def counted(name: str, suffix: str = "") -> float:
    labels = {"service": logger.service, "event_type": "ReclamationEnCours"}
    return REGISTRY.get_sample_value(name + suffix, labels) or 0.0


def test_what_is_done_is_counted_and_what_failed_when_it_is_done() -> None:
    names = (
        "events_processed_total",
        "event_processing_duration_seconds_count",
        "event_delivery_duration_seconds_count",
    )
    before = [counted(name) for name in names]
    handle_together(batch(event("a"), event("b"), event("c")), Subscriber("1-0").apply_all)
    assert [counted(name) for name in names] == [value + 2 for value in before]
    handle_each(batch(event("a")), Subscriber("1-0").apply)
    assert [counted(name) for name in names] == [value + 2 for value in before]
    handle_each(batch(event("a")), Subscriber().apply)
    assert [counted(name) for name in names] == [value + 3 for value in before]


@pytest.mark.parametrize(("ago_s", "waited_s"), [(90, 90), (-3600, 0)])
def test_an_event_waits_from_its_timestamp_on_and_never_less_than_nothing(
    monkeypatch: pytest.MonkeyPatch, ago_s: int, waited_s: int
) -> None:
    at = datetime(2025, 7, 8, 14, 30, tzinfo=UTC).timestamp()
    monkeypatch.setattr(time, "time", lambda: at + ago_s)
    before = counted("event_delivery_duration_seconds", "_sum")
    handle_each(batch(event("a")), Subscriber().apply)
    assert counted("event_delivery_duration_seconds", "_sum") - before == pytest.approx(waited_s)
