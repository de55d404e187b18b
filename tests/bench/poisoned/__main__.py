"""`./recours bench poisoned`: delivery of 10,000 claims' events, one of which cannot be handled, and without it.

Both pollers run at once, each on a stream of its own that is fed by one producer. Told are the P95 from writing to
handling of all other claims, the ratio, how the poisoned one was parked, and that a retry put its claim in order.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from redis import Redis

from local.servers.embedded import embedded_server
from streams.mapping import EventSourceMapping
from streams.parking.parked_events import ParkedEvents
from streams.poller import Poller
from streams.wire import StreamBatch

POISONED = "claim_poisoned"
EVENTS_OF_POISONED = 5


class Handler:
    """Notes when each event was handled; while not mended, it cannot handle the poisoned claim's first event."""

    def __init__(self, *, poisoned: bool) -> None:
        self.mended = not poisoned
        self.latencies_ms: list[float] = []
        self.versions: list[int] = []
        self.attempts = 0

    def __call__(self, batch: StreamBatch) -> Mapping[str, Any] | None:
        for record in batch["Records"]:
            event = record["event"]
            if event["aggregate_id"] == POISONED:
                self.attempts += event["version"] == 1
                if not self.mended and event["version"] == 1:
                    return {"batchItemFailures": [{"itemIdentifier": record["eventID"]}]}
                self.versions.append(event["version"])
            else:
                self.latencies_ms.append((time.time_ns() - event["sent_ns"]) / 1e6)
        return None

    @property
    def p95_ms(self) -> float:
        """Of all claims but the poisoned one."""
        return sorted(self.latencies_ms)[int(len(self.latencies_ms) * 0.95)]


class Side:
    """One poller at work, in a thread."""

    def __init__(self, url: str, name: str, *, poisoned: bool) -> None:
        self.mapping = EventSourceMapping(
            name, f"bench:{name}", name, retries_max=5, bisect=True, partial_responses=True
        )
        self.handler = Handler(poisoned=poisoned)
        self.stop = threading.Event()
        poller = Poller(Redis.from_url(url, protocol=2), self.mapping, self.handler, consumer="one")
        self.thread = threading.Thread(target=poller.run, args=[self.stop])
        self.thread.start()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="./recours bench poisoned", description=__doc__)
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=500, help="events a second, on each of the two streams")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ratios = [_round(given.claims, given.rate) for _ in range(given.rounds)]
    print(f"median ratio {statistics.median(ratios):.2f} of {given.rounds} rounds")


def _round(claims: int, rate_per_s: int) -> float:
    with tempfile.TemporaryDirectory() as folder, embedded_server("valkey", Path(folder)) as url:
        sides = [Side(url, "usual", poisoned=False), Side(url, "poisoned", poisoned=True)]
        redis: Any = Redis.from_url(url)
        _produce(redis, sides, claims, rate_per_s)
        usual, poisoned = sides
        parked = ParkedEvents(redis, poisoned.mapping.stream, poisoned.mapping.group)
        _until(lambda: parked.count() == EVENTS_OF_POISONED and len(poisoned.handler.latencies_ms) == claims)
        print(
            f"P95 {usual.handler.p95_ms:.2f} ms usual, {poisoned.handler.p95_ms:.2f} ms beside the poisoned claim",
            end="; ",
        )
        print(
            f"parked after {poisoned.handler.attempts} attempts: {[event.reason for event in parked.entries()]}",
            end="; ",
        )
        poisoned.handler.mended = True
        parked.request_retry(None, "bench")
        _until(lambda: parked.count() == 0)
        print(f"after the retry its versions were handled in the order {poisoned.handler.versions}", flush=True)
        for side in sides:
            side.stop.set()
            side.thread.join()
        return poisoned.handler.p95_ms / usual.handler.p95_ms


def _produce(redis: Any, sides: list[Side], claims: int, rate_per_s: int) -> None:
    """An event of each claim, at an even rate; the poisoned claim's among the first, so that it fails meanwhile."""
    began_s = time.perf_counter()
    for number in range(claims):
        time.sleep(max(0.0, began_s + number / rate_per_s - time.perf_counter()))
        keys = [(f"claim_{number}", 1)]
        if number % 50 == 25 and number < 50 * EVENTS_OF_POISONED:
            keys.append((POISONED, number // 50 + 1))
        for key, version in keys:
            for side in sides:
                event = {"aggregate_id": key, "version": version, "sent_ns": time.time_ns(), "text": "x" * 300}
                redis.xadd(side.mapping.stream, {"event": orjson.dumps(event)})


def _until(condition: Any, seconds_max: float = 60.0) -> None:
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come to pass")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
