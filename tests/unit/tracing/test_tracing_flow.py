"""From a command through the log to what came of it: one trace, though no two services know of each other."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from claim_domain import CreateClaim
from envelope import Envelope, context_id_of, to_json
from functions.claims.decisions import Accepted
from functions.claims.requests import RequestContext
from functions.claims.service import ClaimService
from functions.integration.claims_service import HttpClaims, Ids
from functions.integration.enriching import Enriching
from functions.integration.learning import Learning
from functions.integration.sweeping import Sweeping
from functions.integration.upstream.http_system import HttpSystem
from functions.integration.upstream.patience import USUAL
from handlers.batch import handle_together
from metrics import tracing
from repositories.memory.event_log import MemoryEventLog
from repositories.memory.waiting_contexts import MemoryWaitingContexts
from tests.contract.histories import batch_of
from tests.unit.integration.fakes import FakeSystems
from tests.unit.tracing.recording import PARENT, TRACE, TRACEPARENT, Recording

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
CREATE = CreateClaim("cust_12345", "product_defect", "Produit défectueux reçu", order_id="order_45678")
REQUEST = {"requestContext": {"httpMethod": "POST", "resourcePath": "/claims"}}


class World:
    """The write side and the enrichment on stores in memory."""

    def __init__(self) -> None:
        self.log = tracing.traced(MemoryEventLog(), "event_log", "redis")
        self.claims = ClaimService(self.log, self.log.read_claim, idempotency_ttl_s=60, now=lambda: NOW)
        self.waiting = MemoryWaitingContexts()
        self.systems = FakeSystems()
        learning = Learning(self.systems, self.log, lambda: NOW)
        self.sweeping = Sweeping(learning, self.waiting, lambda: datetime(2027, 1, 1, tzinfo=UTC))
        self.enriching = Enriching(learning, self.waiting, self.sweeping, lambda: NOW, lambda: 0.0)

    def create(self, traceparent: str = TRACEPARENT) -> Envelope:
        """The event of a claim that was made in that trace."""
        with tracing.request(REQUEST, {"traceparent": traceparent}, "x"):
            accepted = self.claims.create(CREATE, RequestContext("trace_1"))
        [event] = self.log.read_claim(accepted.claim_id)
        return event.model_copy(update={"position": accepted.position})

    def subscribe(self, event: Envelope) -> None:
        """The integration service's subscriber is given the event."""
        handle_together(batch_of([event]), lambda records: self.enriching.enrich(records, lambda: 60.0))

    def learnt(self, event: Envelope) -> Envelope:
        """What was appended beside the claim."""
        [learnt] = self.log.read_claim(context_id_of(event.aggregate_id))
        return learnt


@pytest.fixture
def world(traces: Recording) -> World:
    return World()


def test_an_event_carries_the_append_that_wrote_it(world: World, traces: Recording) -> None:
    event = world.create()
    append = traces.one("append ReclamationCreee")
    assert event.metadata == {"traceparent": f"00-{TRACE}-{append.span_id}-01"}
    assert {span.name: span.parent for span in traces.spans()} == {
        "decide": "POST /claims",
        "event_log.append": "append ReclamationCreee",
        "append ReclamationCreee": "POST /claims",
        "POST /claims": PARENT,
    }


def test_the_claims_of_one_request_are_one_append(world: World, traces: Recording) -> None:
    with tracing.request(REQUEST, {"traceparent": TRACEPARENT}, "x"):
        answers = world.claims.create_many({0: CREATE, 1: CREATE}, RequestContext("trace_1"))
    append = traces.one("append ReclamationCreee")
    assert append.attributes["messaging.batch.message_count"] == 2
    for answer in answers.values():
        assert isinstance(answer, Accepted)
        [event] = world.log.read_claim(answer.claim_id)
        assert event.metadata == {"traceparent": f"00-{TRACE}-{append.span_id}-01"}


def test_what_is_learnt_of_a_claim_belongs_to_the_claims_trace(world: World, traces: Recording) -> None:
    event = world.create()
    world.subscribe(event)
    append = traces.one("append ReclamationEnrichie")
    assert (append.trace_id, append.parent) == (TRACE, "process ReclamationCreee")
    assert world.learnt(event).metadata == {"traceparent": f"00-{TRACE}-{append.span_id}-01"}


def test_what_is_learnt_by_a_sweep_much_later_does_so_too(world: World, traces: Recording) -> None:
    event = world.create()
    world.systems.orders.is_up = False
    world.subscribe(event)
    world.systems.orders.is_up = True
    with tracing.run("sweep"):
        world.sweeping.sweep(lambda: 60.0)
    assert traces.one("sweep").trace_id != TRACE
    append = traces.one("append ReclamationEnrichie")
    assert (append.trace_id, append.parent) == (TRACE, "append ReclamationCreee")
    assert world.learnt(event).metadata == {"traceparent": f"00-{TRACE}-{append.span_id}-01"}


def test_without_traces_an_event_is_written_as_before() -> None:
    world = World()
    event = world.create()
    world.subscribe(event)
    assert b"metadata" not in to_json(event)
    assert b"metadata" not in to_json(world.learnt(event))


def asked(answer: httpx.Response, ask: Callable[[httpx.MockTransport], Any]) -> httpx.Request:
    """The request that came to the other side."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    with tracing.request(REQUEST, {"traceparent": TRACEPARENT}, "x"):
        ask(httpx.MockTransport(handle))
    [request] = requests
    return request


def test_the_claims_service_is_told_whose_trace_it_is(traces: Recording) -> None:
    names = ("claim_id", "status", "event_id", "correlation_id")
    accepted = {**dict.fromkeys(names, "x"), "version": 1, "position": 1}
    request = asked(
        httpx.Response(201, json=accepted),
        lambda transport: HttpClaims("http://claims:8101", httpx.Client(transport=transport)).create(
            {}, "k", Ids("x", None)
        ),
    )
    [call] = [span for span in traces.spans() if span.kind == "CLIENT"]
    assert call.name == "POST /claims"
    assert request.headers["traceparent"] == f"00-{TRACE}-{call.span_id}-01"


def test_an_order_is_asked_for_in_the_trace_and_its_id_is_not_in_the_spans_name(traces: Recording) -> None:
    request = asked(
        httpx.Response(200, json={"id": "order_45678"}),
        lambda transport: HttpSystem("http://orders:8007", "orders", transport).find("order_45678", USUAL),
    )
    call = traces.one("GET /api/v1/orders/{id}")
    assert request.headers["traceparent"] == f"00-{TRACE}-{call.span_id}-01"
    assert (call.kind, call.error) == ("CLIENT", None)
    assert call.attributes == {
        "http.request.method": "GET",
        "url.template": "/api/v1/orders/{id}",
        "server.address": "orders",
        "server.port": 8007,
        "http.response.status_code": 200,
    }


def test_without_traces_nobody_is_told_anything() -> None:
    request = asked(
        httpx.Response(200, json={"id": "order_45678"}),
        lambda transport: HttpSystem("http://orders:8007", "orders", transport).find("order_45678", USUAL),
    )
    assert "traceparent" not in request.headers
