"""One request to the running system, and the one trace that shows all that came of it, as a receiver has it."""

import os
from collections.abc import Iterable

import httpx
import pytest

from tests.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.system import RunningSystem, eventually

ORDER = {"order_id": "order_123", "claim_type": "product_defect", "description": "Produit endommagé", "urgency": "high"}
SUBSCRIBERS = {
    "notification": ("notification-service", "NotificationSubscriber"),
    "audit": ("audit-service", "AuditSubscriber"),
    "projection": ("projection-service", "ProjectionSubscriber"),
    "event_store": ("event-store-service", "EventStoreSubscriber"),
    "integration": ("integration-service", "IntegrationSubscriber"),
}
STORES = {
    "notification": {
        "contacts.remember": "mongodb",
        "notifications.plan": "mongodb",
        "notifications.record": "mongodb",
    },
    "audit": {"audit_trail.record": "mongodb"},
    "projection": {"read_models.in_transaction": "postgresql"},
    "event_store": {"archive.append": "mongodb"},
    "integration": {"waiting_contexts.count": "mongodb"},
}


class Trace:
    """The spans of one trace, by who is above whom."""

    def __init__(self, spans: Iterable[ReceivedSpan]) -> None:
        self.spans = list(spans)
        self._by_id = {span.span_id: span for span in self.spans}

    def one(self, service: str, name: str) -> ReceivedSpan:
        [span] = [span for span in self.spans if (span.service, span.name) == (service, name)]
        return span

    def below(self, parent: ReceivedSpan) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.parent_id == parent.span_id]

    def strays(self) -> list[ReceivedSpan]:
        """Those whose parent is not in the trace."""
        return [span for span in self.spans if span.parent_id not in self._by_id]


@pytest.fixture(scope="module")
def ids() -> tuple[str, str]:
    """A trace of the client's own, and its span in it."""
    return os.urandom(16).hex(), os.urandom(8).hex()


@pytest.fixture(scope="module")
def claim_id(system: RunningSystem, ids: tuple[str, str]) -> str:
    """A claim from an order, asked for within that trace."""
    answer = httpx.post(
        f"{system.url('integration')}/integration/claims/from-order",
        json=ORDER,
        headers={"traceparent": f"00-{ids[0]}-{ids[1]}-01", "tracestate": "client=1"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["claim_id"]
    return found


@pytest.fixture(scope="module")
def trace(claim_id: str, ids: tuple[str, str], trace_receiver: OtlpReceiver) -> Trace:
    """All of it, once every subscriber has had the event. Each process sends its spans by itself, in no order."""

    def is_whole(seen: Trace) -> bool:
        done = {span.service for span in seen.spans if span.name == "process ReclamationCreee"}
        return done == SUBSCRIBERS.keys() and [span.parent_id for span in seen.strays()] == [ids[1]]

    return eventually(lambda: Trace(trace_receiver.traces().get(ids[0], [])), is_whole, 30)


def test_one_trace_holds_all_that_came_of_a_request_and_nothing_else_was_kept(
    trace: Trace, ids: tuple[str, str], trace_receiver: OtlpReceiver
) -> None:
    assert trace_receiver.traces().keys() == {ids[0]}
    [root] = trace.strays()
    assert (root.service, root.name, root.parent_id) == (
        "integration",
        "POST /integration/claims/from-order",
        ids[1],
    )
    assert {span.service for span in trace.spans} == {"claims", *SUBSCRIBERS}


def test_the_request_leads_to_the_command_and_the_command_to_the_append(trace: Trace, claim_id: str) -> None:
    root = trace.one("integration", "POST /integration/claims/from-order")
    asked = [span.name for span in trace.below(root)]
    assert {"GET /api/v1/orders/{id}", "GET /api/v1/customers/{id}", "POST /claims"} <= set(asked)
    [call] = trace.below(trace.one("integration", "POST /claims"))
    assert (call.service, call.function, call.name, call.kind) == ("claims", "ClaimsFunction", "POST /claims", "SERVER")
    decide, append = sorted(trace.below(call), key=lambda span: span.began_ns)
    assert (decide.name, append.name, append.kind) == ("decide", "append ReclamationCreee", "PRODUCER")
    assert append.attributes["recours.claim_id"] == claim_id
    [written] = [span for span in trace.below(append) if span.service == "claims"]
    assert (written.name, written.kind, written.attributes["db.system.name"]) == ("event_log.append", "CLIENT", "redis")


@pytest.mark.parametrize("service", SUBSCRIBERS)
def test_each_subscriber_tells_how_long_the_event_waited_and_what_it_did(trace: Trace, service: str) -> None:
    group, function = SUBSCRIBERS[service]
    append = trace.one("claims", "append ReclamationCreee")
    deliver = trace.one(service, "deliver ReclamationCreee")
    process = trace.one(service, "process ReclamationCreee")
    assert (deliver.parent_id, process.parent_id) == (append.span_id, deliver.span_id)
    assert (deliver.kind, deliver.function) == ("CONSUMER", function)
    assert deliver.attributes["messaging.consumer.group.name"] == group
    assert deliver.attributes["recours.delivery_count"] == 1
    assert deliver.ended_ns == process.began_ns
    below = {span.name: span for span in trace.below(process)}
    stores = {name: below[name].attributes.get("db.system.name") for name in STORES[service] if name in below}
    assert stores == STORES[service]


def test_what_was_sent_is_in_it(trace: Trace) -> None:
    process = trace.one("notification", "process ReclamationCreee")
    assert {"mail.send", "sms.send"} <= {span.name for span in trace.below(process)}


def test_nothing_takes_less_than_no_time_and_what_is_done_within_is_within(trace: Trace) -> None:
    assert [span for span in trace.spans if span.ended_ns < span.began_ns] == []
    for process in (span for span in trace.spans if span.name.startswith("process")):
        for operation in trace.below(process):
            assert process.began_ns <= operation.began_ns <= operation.ended_ns <= process.ended_ns


def test_nothing_failed_but_the_first_form_of_an_id(trace: Trace) -> None:
    assert {span.name for span in trace.spans if span.is_error} <= {
        "GET /api/v1/orders/{id}",
        "GET /api/v1/customers/{id}",
    }


def test_nobody_is_named_in_it(trace: Trace) -> None:
    told = repr([(span.name, span.attributes) for span in trace.spans])
    assert ORDER["description"] not in told
    assert "@" not in told
    assert "+1" not in told
    assert ORDER["order_id"] not in told


def test_the_archive_keeps_the_trace_with_the_event(trace: Trace, claim_id: str, system: RunningSystem) -> None:
    answer = httpx.get(f"{system.url('event_store')}/events/{claim_id}", timeout=30).json()
    append = trace.one("claims", "append ReclamationCreee")
    assert answer["events"][0]["metadata"] == {
        "traceparent": f"00-{append.trace_id}-{append.span_id}-01",
        "tracestate": "client=1",
    }
