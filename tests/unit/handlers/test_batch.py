"""Which records of a batch are done and which must come again."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from handlers.batch import BatchResponse, Record, StreamBatch, handle_each, handle_together


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
