"""A batch's records are each handled in the trace of their event."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from envelope import Envelope
from handlers.batch import BatchResponse, Record, StreamBatch, handle_each, handle_together
from metrics import tracing
from tests.unit.tracing.recording import NOT_KEPT, PARENT, TRACE, TRACEPARENT, Recording

OTHER_TRACE = "1" * 32
NOW = datetime.now(UTC)


class Store:
    def record(self, count: int) -> int:
        return count

    def fail(self) -> None:
        raise ConnectionError("aline@example.com")


def envelope(claim_id: str, traceparent: str | None = None, *, appended: datetime = NOW) -> Envelope:
    return Envelope(
        event_id=f"event-of-{claim_id}",
        event_type="ReclamationEnCours",
        aggregate_id=claim_id,
        data={"agent_id": "agent_smith"},
        timestamp=appended,
        correlation_id="trace_xyz789",
        version=1,
        metadata={"traceparent": traceparent} if traceparent else {},
    )


def batch(*events: Envelope) -> StreamBatch:
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{number}-0",
                "stream": "events:all",
                "group": "audit-service",
                "deliveryCount": 2,
                "event": {**event.model_dump(mode="json"), "position": number},
            }
            for number, event in enumerate(events, 1)
        ]
    }


def appended_ns(moment: datetime) -> int:
    """As an event keeps it: in whole milliseconds."""
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1) * 1_000_000


def recorded_by(store: Store) -> Callable[[Sequence[Record]], Mapping[str, Exception]]:
    def apply_all(records: Sequence[Record]) -> Mapping[str, Exception]:
        store.record(len(records))
        return {}

    return apply_all


def test_what_a_record_waited_and_what_its_handling_took_are_spans_of_its_events_trace(traces: Recording) -> None:
    appended = NOW - timedelta(seconds=5)
    handle_together(batch(envelope("claim_1", TRACEPARENT, appended=appended)), recorded_by(Store()))
    deliver, process = traces.one("deliver ReclamationEnCours"), traces.one("process ReclamationEnCours")
    assert (deliver.trace_id, deliver.parent, deliver.kind) == (TRACE, PARENT, "CONSUMER")
    assert (process.trace_id, process.parent, process.kind) == (TRACE, deliver.name, "CONSUMER")
    assert deliver.began_ns == appended_ns(appended)
    assert deliver.ended_ns == process.began_ns <= process.ended_ns
    assert process.attributes == {
        "messaging.system": "redis",
        "messaging.consumer.group.name": "audit-service",
        "messaging.message.id": "event-of-claim_1",
        "messaging.operation.type": "process",
        "recours.claim_id": "claim_1",
        "recours.correlation_id": "trace_xyz789",
        "recours.position": 1,
        "recours.delivery_count": 2,
    }


def test_an_event_of_a_clock_that_is_ahead_was_delivered_at_once(traces: Recording) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    handle_together(batch(envelope("claim_1", TRACEPARENT, appended=ahead)), recorded_by(Store()))
    deliver = traces.one("deliver ReclamationEnCours")
    assert deliver.began_ns == deliver.ended_ns <= time.time_ns()


def test_what_was_done_for_all_is_below_each(traces: Recording) -> None:
    store = tracing.traced(Store(), "store", "mongodb")
    events = [envelope("claim_1", TRACEPARENT), envelope("claim_2", f"00-{OTHER_TRACE}-{PARENT}-01")]
    handle_together(batch(*events), recorded_by(store))
    copies = [span for span in traces.spans() if span.name == "store.record"]
    assert {span.trace_id for span in copies} == {TRACE, OTHER_TRACE}
    assert {(span.parent, span.kind, span.error) for span in copies} == {("process ReclamationEnCours", "CLIENT", None)}
    assert len({(span.began_ns, span.ended_ns) for span in copies}) == 1
    assert copies[0].attributes == {"db.system.name": "mongodb", "recours.batch_size": 2}


def test_what_failed_says_so_and_what_went_well_does_not(traces: Recording) -> None:
    def apply_all(records: Sequence[Record]) -> Mapping[str, Exception]:
        return {records[0].entry_id: ValueError("aline@example.com")}

    failed, fine = envelope("claim_1", TRACEPARENT), envelope("claim_2", f"00-{OTHER_TRACE}-{PARENT}-01")
    handle_together(batch(failed, fine), apply_all)
    errors = {span.trace_id: span.error for span in traces.spans() if span.name.startswith("process")}
    assert errors == {TRACE: "ValueError", OTHER_TRACE: None}


def test_where_the_store_failed_all_have_failed_and_its_own_span_too(traces: Recording) -> None:
    store = tracing.traced(Store(), "store", "mongodb")

    def apply_all(_: Sequence[Record]) -> Mapping[str, Exception]:
        store.fail()
        return {}

    answer = handle_together(batch(envelope("claim_1", TRACEPARENT)), apply_all)
    assert len(answer["batchItemFailures"]) == 1
    assert traces.one("process ReclamationEnCours").error == "ConnectionError"
    assert traces.one("store.fail").error == "ConnectionError"


def test_what_is_done_for_one_record_alone_is_in_its_trace_alone(traces: Recording) -> None:
    sender = tracing.traced_sends(Store(), "mail", "smtp")
    store = tracing.traced(Store(), "store", "mongodb")

    def apply_all(records: Sequence[Record]) -> Mapping[str, Exception]:
        with tracing.about(records[1].envelope.event_id, records[1].envelope.metadata):
            sender.record(1)
            store.record(2)
        return {}

    events = [envelope("claim_1", TRACEPARENT), envelope("claim_2", f"00-{OTHER_TRACE}-{PARENT}-01")]
    handle_together(batch(*events), apply_all)
    mail = traces.one("mail.record")
    assert (mail.trace_id, mail.parent) == (OTHER_TRACE, "process ReclamationEnCours")
    assert mail.attributes == {"network.protocol.name": "smtp"}
    assert traces.names().count("store.record") == 2, "a store's write may be for others too"


def test_an_event_without_a_trace_or_with_one_that_is_not_kept_has_no_spans(traces: Recording) -> None:
    store = tracing.traced(Store(), "store", "mongodb")
    events = [envelope("claim_1"), envelope("claim_2", NOT_KEPT), envelope("claim_3", "rubbish")]
    assert handle_together(batch(*events[:2]), recorded_by(store)) == {"batchItemFailures": []}
    assert traces.spans() == []
    assert handle_together(batch(events[2]), recorded_by(store)) == {"batchItemFailures": []}
    assert {span.trace_id for span in traces.spans()} != {TRACE}


def test_records_that_are_handled_one_by_one_have_their_own_times_and_operations(traces: Recording) -> None:
    store = tracing.traced(Store(), "store", "mongodb")

    def apply(record: Record) -> None:
        store.record(1)
        if record.envelope.aggregate_id == "claim_1":
            raise ValueError("cannot")

    events = [envelope("claim_1", TRACEPARENT), envelope("claim_2", f"00-{OTHER_TRACE}-{PARENT}-01")]
    answer: BatchResponse = handle_each(batch(*events), apply)
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["1-0"]
    first, second = (span for span in traces.spans() if span.name.startswith("process"))
    assert (first.error, second.error) == ("ValueError", None)
    assert first.ended_ns <= second.began_ns
    assert traces.names().count("store.record") == 2


def test_the_end_of_a_batch_is_told_and_nothing_of_it_is_left(traces: Recording) -> None:
    store = tracing.traced(Store(), "store", "mongodb")
    handle_together(batch(envelope("claim_1", TRACEPARENT)), recorded_by(store))
    store.record(1)
    assert traces.invocations_over == 1
    assert traces.names().count("store.record") == 1
