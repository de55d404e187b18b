"""Both systems through their breakers: what is remembered, and for how long."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from functions.integration.upstream.breaker import Circuit, CircuitOpenError
from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.upstream.http_system import HttpSystem
from functions.integration.upstream.patience import USUAL, Patience
from functions.integration.upstream.systems import Systems, Upstream

REMEMBERED_S = 2.0

Answer = TypeVar("Answer")


class FakeBreaker:
    """A Breaker that a test opens."""

    def __init__(self) -> None:
        self.stands: Circuit = "closed"

    def run(self, ask: Callable[[Patience], Answer]) -> Answer:
        if self.stands == "open":
            raise CircuitOpenError
        return ask(USUAL)

    def circuit(self) -> Circuit:
        return self.stands


class World:
    """Both systems behind one transport; `asked` are the paths, `now_s` the time."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now_s = 0.0
        self.status = 200
        self.document: Any = {"id": 1, "total": 7, "customer_id": 2, "nom": "Roy"}
        self.breaker = FakeBreaker()
        transport = httpx.MockTransport(self._answer)
        self.systems = Systems(
            Upstream("orders", HttpSystem("http://orders", "orders", transport), self.breaker),
            Upstream("customers", HttpSystem("http://customers", "customers", transport), self.breaker),
            remembered_s=REMEMBERED_S,
            seconds=lambda: self.now_s,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.url.host}{request.url.raw_path.decode()}")
        return httpx.Response(self.status, json=self.document)


@pytest.fixture
def world() -> World:
    return World()


def test_an_order_comes_with_how_many_there_are(world: World) -> None:
    order = world.systems.order("1")
    assert order is not None
    assert (order.context.customer_id, order.context.orders_total) == ("cust_2", 7)
    assert world.asked == ["orders/api/v1/orders/1", "orders/api/v1/orders?limit=1"]


def test_what_was_told_is_remembered_for_a_moment(world: World) -> None:
    first = world.systems.customer("1")
    assert world.systems.customer("1") is first
    assert len(world.asked) == 1
    world.now_s += REMEMBERED_S + 0.1
    world.systems.customer("1")
    assert len(world.asked) == 2


def test_what_is_not_there_is_asked_for_each_time(world: World) -> None:
    world.status = 404
    assert world.systems.order("1") is None
    assert world.systems.order("1") is None
    assert len(world.asked) == 2


def test_a_memory_does_not_hide_that_the_system_went_down(world: World) -> None:
    world.systems.order("1")
    world.breaker.stands = "open"
    with pytest.raises(UpstreamUnavailableError):
        world.systems.order("1")


def test_another_document_is_a_failure_like_any_other(world: World) -> None:
    world.document = {"hello": "world"}
    with pytest.raises(UpstreamUnavailableError):
        world.systems.order("1")


def test_a_system_is_available_where_the_next_question_is_asked_and_its_health_answers(world: World) -> None:
    stands: Circuit
    for stands in ("closed", "half_open"):
        world.breaker.stands = stands
        for found in world.systems.availability():
            assert (found.available, found.circuit) == (True, stands)
    assert sorted({*world.asked}) == ["customers/health", "orders/health"]
    world.status = 503
    for found in world.systems.availability():
        assert (found.available, found.reason) == (False, "it answered 503")


def test_a_system_that_is_not_asked_just_now_is_not_available_whatever_its_health_says(world: World) -> None:
    world.breaker.stands = "open"
    for found in world.systems.availability():
        assert (found.available, found.circuit) == (False, "open")
    assert world.asked == []
