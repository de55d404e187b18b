"""Claims made without context get it: now, later, once."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from envelope import Envelope, ReclamationEnrichie, context_id_of, read_payload
from functions.integration.enriching import Enriching
from functions.integration.known import Customer
from functions.integration.learning import Learning
from functions.integration.sweeping import SILENCES_MAX, Sweeping
from functions.integration.upstream.breaker import CircuitOpenError
from handlers.batch import Record
from repositories.errors import StoreUnavailableError
from repositories.memory.event_log import MemoryEventLog
from repositories.memory.waiting_contexts import MemoryWaitingContexts
from repositories.ports.event_log import Append
from tests.unit.integration.fakes import CUSTOMER, FakeSystems, order

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


class World:
    """The subscriber and the sweep on stores in memory, and a clock that a test moves."""

    def __init__(self) -> None:
        self.now = START
        self.clock_s = 0.0
        self.log = MemoryEventLog()
        self.waiting = MemoryWaitingContexts()
        self.systems = FakeSystems()
        learning = Learning(self.systems, self.log, lambda: self.now)
        self.sweeping = Sweeping(learning, self.waiting, lambda: self.now)
        self.enriching = Enriching(learning, self.waiting, self.sweeping, lambda: self.now, lambda: self.clock_s)
        self.count = 0

    def make(self, **data: Any) -> Record:
        """A claim's first event, as it is delivered."""
        self.count += 1
        usual = {"customer_id": "cust_12345", "claim_type": "product_defect", "description": "Cassé"}
        envelope = Envelope(
            event_id=f"event-{self.count}",
            event_type="ReclamationCreee",
            aggregate_id=f"claim_{self.count}",
            data={**usual, **data},
            timestamp=START,
            correlation_id=f"trace-{self.count}",
            version=1,
        )
        self.log.append(envelope.aggregate_id, [envelope], expected_version=0)
        return Record(f"{self.count}-0", envelope, 1)

    def enrich(self, *records: Record, time_left_s: float = math.inf) -> dict[str, Exception]:
        return dict(self.enriching.enrich(records, lambda: time_left_s))

    def learnt(self, number: int) -> ReclamationEnrichie | None:
        """What was learnt of the claim of this number."""
        events = self.log.read_claim(context_id_of(f"claim_{number}"))
        assert len(events) <= 1
        if not events:
            return None
        fact = read_payload(events[0])
        assert isinstance(fact, ReclamationEnrichie)
        return fact

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def world() -> World:
    return World()


def test_a_claim_without_context_gets_the_order_and_the_customer(world: World) -> None:
    assert world.enrich(world.make(order_id="order_45678")) == {}
    learnt = world.learnt(1)
    assert learnt is not None
    assert learnt.order == order().context
    assert learnt.customer == CUSTOMER
    assert (learnt.claim_id, learnt.customer_id) == ("claim_1", None)
    [event] = world.log.read_claim("context_claim_1")
    assert (event.correlation_id, event.causation_id) == ("trace-1", "event-1")
    assert (event.actor.type, event.actor.id, event.version) == ("service", "integration", 1)
    assert [e.version for e in world.log.read_claim("claim_1")] == [1], "the claim itself is as it was"


def test_a_claim_that_tells_everything_is_left_alone(world: World) -> None:
    customer = {"name": "A", "email": "a@example.com", "phone": "+15145550000"}
    world.enrich(world.make(customer=customer), world.make(customer=customer, order_id="o", order={"id": "o"}))
    assert (world.learnt(1), world.learnt(2)) == (None, None)
    assert world.systems.orders.asked == world.systems.customers.asked == []


def test_only_what_is_missing_is_asked_for(world: World) -> None:
    customer = {"name": "A", "email": "a@example.com", "phone": "+15145550000"}
    world.enrich(world.make(customer=customer, order_id="order_45678"))
    assert world.systems.customers.asked == []
    learnt = world.learnt(1)
    assert learnt is not None
    assert learnt.customer is None
    world.enrich(world.make(customer={"name": "A"}, order_id="order_45678", order={"id": "order_45678"}))
    second = world.learnt(2)
    assert second is not None
    assert (second.order, second.customer) == (None, CUSTOMER)


def test_a_claim_that_came_with_all_that_the_customer_system_knows_is_not_asked_for_again(world: World) -> None:
    world.enrich(world.make(customer={"name": "A", "email": "a@example.com", "source": "lab6"}))
    assert (world.learnt(1), world.systems.customers.asked) == (None, [])


def test_delivered_twice_it_is_enriched_once(world: World) -> None:
    record = world.make(order_id="order_45678")
    assert world.enrich(record) == {}
    assert world.enrich(record, record) == {}
    assert world.log.last_position() == 2


def test_what_neither_system_knows_is_not_asked_for_again(world: World) -> None:
    world.enrich(world.make(customer_id="cust_0", order_id="order_0"))
    assert (world.learnt(1), world.waiting.count()) == (None, 0)


def test_while_nobody_answers_the_claim_waits_and_the_batch_is_done(world: World) -> None:
    world.systems.go(up=False)
    assert world.enrich(world.make(order_id="order_45678"), world.make()) == {}
    assert (world.learnt(1), world.waiting.count()) == (None, 2)
    world.later(seconds=10)
    world.systems.go(up=True)
    swept = world.sweeping.sweep(lambda: math.inf)
    assert (swept.enriched, swept.waiting) == (2, 0)
    assert world.learnt(1) is not None
    assert world.learnt(2) is not None


def test_a_part_that_is_not_answered_makes_all_of_it_wait(world: World) -> None:
    world.systems.customers.is_up = False
    world.enrich(world.make(order_id="order_45678"))
    assert (world.learnt(1), world.waiting.count()) == (None, 1)


def test_a_claim_made_under_a_stand_in_learns_its_customer_from_the_order(world: World) -> None:
    made = world.make(
        customer_id="customer_of_order_45678",
        order_id="order_45678",
        order={"id": "order_45678", "source": "simulated"},
    )
    world.enrich(made)
    learnt = world.learnt(1)
    assert learnt is not None
    assert (learnt.customer_id, learnt.customer, learnt.order) == ("cust_12345", CUSTOMER, order().context)


def test_the_order_of_somebody_else_is_not_told(world: World) -> None:
    world.systems.customers.known["cust_9"] = Customer("cust_9", CUSTOMER)
    world.enrich(world.make(customer_id="cust_9", order_id="order_45678"))
    learnt = world.learnt(1)
    assert learnt is not None
    assert learnt.order is None


def test_an_integer_owner_is_the_customer_of_the_same_number(world: World) -> None:
    world.systems.customers.known["12345"] = Customer("12345", CUSTOMER)
    world.enrich(world.make(customer_id="12345", order_id="order_45678"))
    learnt = world.learnt(1)
    assert learnt is not None
    assert learnt.order is not None


def test_a_context_is_never_older_than_its_claim(world: World) -> None:
    world.later(hours=-1)
    world.enrich(world.make(order_id="order_45678"))
    [event] = world.log.read_claim("context_claim_1")
    assert event.timestamp == START


def test_the_next_claim_that_is_answered_takes_those_that_wait_along(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(world.make(order_id="order_45678"))
    world.systems.go(up=True)
    world.later(seconds=5)
    world.enrich(world.make(order_id="order_45678"))
    assert world.learnt(1) is not None
    assert world.waiting.count() == 0


def test_a_claim_that_came_with_its_order_takes_those_that_wait_along_too(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(world.make())
    world.systems.go(up=True)
    world.later(seconds=5)
    customer = {"name": "A", "email": "a@example.com", "phone": "+15145550000"}
    world.enrich(world.make(customer=customer, order_id="o", order={"id": "o", "source": "lab6"}))
    assert world.learnt(1) is not None
    assert world.learnt(2) is None


def test_the_sweep_beside_a_batch_ends_before_it_keeps_the_next_batch_waiting_for_long(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(*(world.make() for _ in range(30)))
    world.systems.go(up=True)
    world.later(seconds=5)
    ask = world.systems.customers.ask

    def takes_a_second(identifier: str) -> Any:
        world.clock_s += 1.0
        return ask(identifier)

    world.systems.customers.ask = takes_a_second  # type: ignore[method-assign]
    world.enrich(world.make())
    assert 20 <= world.waiting.count() <= 28
    assert world.clock_s < 10


def test_a_sweep_gives_up_after_some_silences_and_puts_off_what_it_asked(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(*(world.make(order_id="order_45678") for _ in range(10)))
    world.later(seconds=10)
    world.systems.orders.asked.clear()
    swept = world.sweeping.sweep(lambda: math.inf)
    assert (swept.unanswered, len(world.systems.orders.asked)) == (SILENCES_MAX, SILENCES_MAX)
    assert len(world.waiting.due(world.now, 100)) == 10 - SILENCES_MAX
    world.later(hours=2)
    assert sorted(each.attempts for each in world.waiting.due(world.now, 100)) == [0] * 7 + [1] * 3


def test_one_claim_that_is_never_answered_does_not_keep_the_others_waiting(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(world.make(order_id="order_bad"), world.make(order_id="order_45678"))
    world.systems.go(up=True)
    ask = world.systems.orders.ask

    def garbage(identifier: str) -> Any:
        if identifier == "order_bad":
            world.systems.orders.is_up = False
        try:
            return ask(identifier)
        finally:
            world.systems.orders.is_up = True

    world.systems.orders.ask = garbage  # type: ignore[method-assign]
    world.later(seconds=10)
    swept = world.sweeping.sweep(lambda: math.inf)
    assert (swept.enriched, swept.unanswered, swept.waiting) == (1, 1, 1)
    assert world.learnt(2) is not None


def test_an_open_circuit_ends_a_sweep_without_counting_a_question(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(world.make(order_id="order_45678"))
    world.later(seconds=10)

    def refuse(identifier: str) -> Any:
        raise CircuitOpenError

    world.systems.orders.ask = refuse  # type: ignore[method-assign]
    assert world.sweeping.sweep(lambda: math.inf).unanswered == 0
    assert [each.attempts for each in world.waiting.due(world.now, 10)] == [0]


def test_without_time_left_nothing_more_is_asked_and_nothing_is_lost(world: World) -> None:
    assert world.enrich(world.make(), world.make(), time_left_s=1.0) == {}
    assert world.systems.customers.asked == []
    assert world.waiting.count() == 2
    world.later(seconds=10)
    assert world.sweeping.sweep(lambda: 1.0).waiting == 2
    assert world.sweeping.sweep(lambda: math.inf).enriched == 2


def test_more_than_a_page_waits_and_one_sweep_does_it_all(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(*(world.make() for _ in range(120)))
    world.systems.go(up=True)
    world.later(seconds=10)
    assert world.sweeping.sweep(lambda: math.inf).enriched == 120


def test_a_context_that_the_log_refuses_fails_its_record_alone(world: World) -> None:
    first, second = world.make(), world.make()
    append_many = world.log.append_many

    def refuse_one(items: Any) -> Any:
        answers = append_many([items[1]])
        return [StoreUnavailableError("full"), *answers]

    world.log.append_many = refuse_one  # type: ignore[method-assign]
    failures = world.enrich(first, second)
    assert list(failures) == ["1-0"]
    assert world.learnt(2) is not None


def test_a_sweep_that_died_between_appending_and_forgetting_is_repeated_without_harm(world: World) -> None:
    world.systems.go(up=False)
    world.enrich(world.make())
    world.systems.go(up=True)
    world.later(seconds=10)
    [wanted] = world.waiting.due(world.now, 10)
    learning = Learning(world.systems, world.log, lambda: world.now)
    event = learning.ask(wanted)
    assert event is not None
    world.log.append_many([Append(event.aggregate_id, [event], 0)])
    assert world.sweeping.sweep(lambda: math.inf).enriched == 1
    assert (world.log.last_position(), world.waiting.count()) == (2, 0)


def test_an_event_that_nobody_can_read_fails_alone(world: World) -> None:
    broken = world.make(claim_type="anger")
    failures = world.enrich(broken, world.make())
    assert list(failures) == ["1-0"]
    assert world.learnt(2) is not None
