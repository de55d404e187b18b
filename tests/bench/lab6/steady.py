"""Requests at an even rate, whatever becomes of them: an answer that is late delays no other request."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

ORDERS_MAX = 50_000  # as many as the simulated order service has
THREADS = 48
SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: which phase it belongs to, milliseconds from when it was due to its answer, and what that was."""

    phase: str
    latency_ms: float
    status: int
    answer: dict[str, Any]


@dataclass
class Steady:
    """Sends claims from orders to `url` at `rate_per_s`."""

    url: str
    rate_per_s: float
    seed: int = 6
    sent: list[Sent] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, phase: str, seconds: float, at_start: Callable[[], None]) -> None:
        """Send for so many seconds; `at_start` is called beside the first of them. Returns with the last answer."""
        draws = Random(f"{self.seed}:{phase}")
        with self._client() as client, ThreadPoolExecutor(THREADS) as pool:  # closed in the reverse order
            beginning = pool.submit(at_start)
            began = time.perf_counter()
            for number in range(int(seconds * self.rate_per_s)):
                due = began + number / self.rate_per_s
                time.sleep(max(0.0, due - time.perf_counter()))
                pool.submit(self._send, client, phase, due, draws.randint(1, ORDERS_MAX))
            beginning.result()

    def _client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=THREADS, max_keepalive_connections=THREADS)
        return httpx.Client(base_url=self.url, timeout=SECONDS_MAX, limits=limits)

    def _send(self, client: httpx.Client, phase: str, due: float, order: int) -> None:
        body = {"order_id": f"order_{order}", "claim_type": "product_defect", "description": f"Cassé, {phase}"}
        try:
            response = client.post("/integration/claims/from-order", json=body)
            status, answer = response.status_code, response.json()
        except (httpx.HTTPError, ValueError) as error:
            status, answer = 0, {"error": str(error) or type(error).__name__}
        sent = Sent(phase, (time.perf_counter() - due) * 1000, status, answer)
        with self._lock:
            self.sent.append(sent)
