"""What the other systems say of an order and of a customer: remembered for moments, asked through a breaker."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import TTLCache

from functions.integration.known import Customer, Order
from functions.integration.upstream.breaker import Breaker, Circuit, CircuitOpenError
from functions.integration.upstream.documents import read_customer, read_order, read_total
from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.upstream.http_system import HttpSystem
from functions.integration.upstream.patience import TRIAL, USUAL, Patience
from metrics.catalog import UPSTREAM_REQUEST_DURATION, UPSTREAM_REQUESTS
from metrics.logs import logger

REMEMBERED_COUNT_MAX = 1_000
TOTAL_REMEMBERED_S = 60.0

Known = TypeVar("Known", Order, Customer)
Seconds = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a system answers just now; `latency_s` where it does, `reason` where it does not."""

    available: bool
    circuit: Circuit
    latency_s: float | None = None
    reason: str | None = None


class Upstream:
    """One system with its breaker."""

    def __init__(self, name: str, system: HttpSystem, breaker: Breaker) -> None:
        self.name = name
        self.system = system
        self._breaker = breaker

    def ask(self, identifier: str, read: Callable[[Any], Known]) -> Known | None:
        """What `read` makes of the document; None for an unknown id. Raises UpstreamUnavailableError."""
        started = time.perf_counter()
        outcome = "unavailable"
        try:
            found = self._breaker.run(lambda patience: self._find(identifier, read, patience))
            outcome = "not_found" if found is None else "found"
        except CircuitOpenError:
            outcome = "not_asked"
            raise
        except UpstreamUnavailableError as error:
            logger.warning("upstream unavailable", extra={"upstream": self.name, "reason": str(error)})
            raise
        finally:
            UPSTREAM_REQUESTS.labels(self.name, outcome).inc()
            if outcome != "not_asked":
                UPSTREAM_REQUEST_DURATION.labels(self.name).observe(time.perf_counter() - started)
        return found

    def availability(self) -> Availability:
        """Whether the next question is asked, and health answers. That moves no circuit: it says nothing of orders."""
        circuit = self._breaker.circuit()
        if circuit == "open":
            return Availability(False, circuit, reason=str(CircuitOpenError()))
        try:
            return Availability(True, circuit, latency_s=self.system.check(USUAL))
        except UpstreamUnavailableError as error:
            return Availability(False, circuit, reason=str(error))

    def is_trusted(self) -> bool:
        """Whether it answered last time."""
        return self._breaker.circuit() == "closed"

    def _find(self, identifier: str, read: Callable[[Any], Known], patience: Patience) -> Known | None:
        document = self.system.find(identifier, patience)
        return None if document is None else read(document)


class Systems:
    """Both systems, as the use cases ask them."""

    def __init__(
        self, orders: Upstream, customers: Upstream, *, remembered_s: float, seconds: Seconds = time.monotonic
    ) -> None:
        """`remembered_s`: for so many seconds what was told is not asked for again."""
        self.orders = orders
        self.customers = customers
        self._orders: TTLCache[str, Order] = TTLCache(REMEMBERED_COUNT_MAX, remembered_s, seconds)
        self._customers: TTLCache[str, Customer] = TTLCache(REMEMBERED_COUNT_MAX, remembered_s, seconds)
        self._total: TTLCache[str, int | None] = TTLCache(1, TOTAL_REMEMBERED_S, seconds)

    def order(self, order_id: str) -> Order | None:
        """The order; None where there is no such one. Raises UpstreamUnavailableError."""
        return _remembered(
            self._orders,
            order_id,
            self.orders,
            lambda: self.orders.ask(order_id, lambda document: read_order(document, order_id, self._orders_total())),
        )

    def customer(self, customer_id: str) -> Customer | None:
        """The customer; None where there is no such one. Raises UpstreamUnavailableError."""
        return _remembered(
            self._customers,
            customer_id,
            self.customers,
            lambda: self.customers.ask(customer_id, lambda document: read_customer(document, customer_id)),
        )

    def availability(self) -> tuple[Availability, Availability]:
        """Whether the order system and the customer system answer; asked at once, for each may use up its patience."""
        with ThreadPoolExecutor(2) as both:
            orders, customers = both.map(Upstream.availability, (self.orders, self.customers))
        return orders, customers

    def _orders_total(self) -> int | None:
        """How many orders there are; None where nobody says. Asked beside an order that was found, and seldom."""
        if "total" not in self._total:
            try:
                self._total["total"] = read_total(self.orders.system.first_page(TRIAL))
            except UpstreamUnavailableError:
                self._total["total"] = None
        return self._total.get("total")


def _remembered(
    known: "TTLCache[str, Known]", identifier: str, upstream: Upstream, ask: Callable[[], Known | None]
) -> Known | None:
    # What is remembered must not hide that the system went down.
    if identifier in known and upstream.is_trusted() and (found := known.get(identifier)) is not None:
        return found
    found = ask()
    if found is not None:
        known[identifier] = found
    return found
