"""A stream, a group and a function of one's own on a real server, with a clock that stands until it is moved."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from redis import Redis

from streams.clock import Clock, ManualClock, SystemClock
from streams.lanes.report import PollReport
from streams.mapping import EventSourceMapping
from streams.notices.destinations import DestinationError
from streams.parking.parked_events import ParkedEvents
from streams.poller import IDLE_MS_MIN, Poller
from streams.wire import StreamBatch

Answer = Mapping[str, Any] | None


class Function:
    """Notes what it was given; reports the ids in `failing`, raises `crash`, or does what `answering` says."""

    def __init__(self) -> None:
        self.given: list[list[tuple[str, int]]] = []
        self.events: list[StreamBatch] = []
        self.failing: set[str] = set()
        self.crash: Exception | None = None
        self.crash_on: set[str] = set()
        self.answering: Callable[[StreamBatch], Answer] | None = None

    def __call__(self, batch: StreamBatch) -> Answer:
        records = batch["Records"]
        self.events.append(batch)
        self.given.append([(record["eventID"], record["deliveryCount"]) for record in records])
        if self.crash is not None:
            raise self.crash
        if self.crash_on & {record["eventID"] for record in records}:
            raise RuntimeError("poisoned")
        if self.answering is not None:
            return self.answering(batch)
        failed = [record["eventID"] for record in records if record["eventID"] in self.failing]
        return {"batchItemFailures": [{"itemIdentifier": entry_id} for entry_id in failed]}

    def batches(self) -> list[list[str]]:
        """The ids of each invocation."""
        return [[entry_id for entry_id, _ in batch] for batch in self.given]

    def ids(self) -> list[str]:
        """All ids that were given, in order."""
        return [entry_id for batch in self.batches() for entry_id in batch]


class NotedDestination:
    """A destination that notes what it was told; `away` is one that takes nothing."""

    def __init__(self) -> None:
        self.notices: list[Mapping[str, Any]] = []
        self.away = False

    def send(self, notice: Mapping[str, Any]) -> None:
        """See streams.notices.destinations.Destination."""
        if self.away:
            raise DestinationError("the queue is away")
        self.notices.append(notice)


class Scene:
    """One mapping with its stream, its function and its clock. `properties` are a mapping's, by the names of AWS."""

    def __init__(self, redis: Redis, **properties: Any) -> None:
        name = uuid4().hex
        defaults = {"Stream": f"stream:{name}", "Group": f"group-{name}", "BatchSize": 3}
        defaults["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
        self.redis: Any = redis
        self.mapping = EventSourceMapping.from_metadata("F", defaults | properties)
        self.function = Function()
        self.clock = ManualClock()
        self.parked = ParkedEvents(redis, self.mapping.stream, self.mapping.group, self.clock)
        self.destination = NotedDestination()
        self._poller: Poller | None = None

    @property
    def poller(self) -> Poller:
        """The poller, started at first use."""
        if self._poller is None:
            self._poller = self.started()
        return self._poller

    def another(
        self,
        function: Callable[[StreamBatch], Answer] | None = None,
        consumer: str = "one",
        *,
        clock: Clock | None = None,
        idle_ms_min: int = IDLE_MS_MIN,
        **more: Any,
    ) -> Poller:
        """One more poller of the same group, not started; without `function` it has this scene's."""
        return Poller(
            self.redis,
            self.mapping,
            function or self.function,
            consumer=consumer,
            clock=clock or self.clock,
            destination=self.destination,
            idle_ms_min=idle_ms_min,
            **more,
        )

    def started(self, *args: Any, **options: Any) -> Poller:
        """The same, started; a process that was started again has the consumer's old name."""
        made = self.another(*args, **options)
        made.start()
        return made

    @contextmanager
    def running(self, *args: Any, **options: Any) -> Iterator[Poller]:
        """One more poller that runs in a thread, by the machine's time. What ended it is raised at the end."""
        made, stop, ended = self.another(*args, clock=SystemClock(), **options), threading.Event(), []

        def run() -> None:
            try:
                made.run(stop)
            except Exception as error:  # noqa: BLE001 (raised again at the end)
                ended.append(error)

        thread = threading.Thread(target=run, name="poller")
        thread.start()
        try:
            yield made
        finally:
            stop.set()
            thread.join()
        if ended:
            raise ended[0]

    def restart(self) -> None:
        """The process is gone, and another takes its place."""
        self._poller = self.started()

    def add(self, *keys: str, timestamp: str | None = None, **more: Any) -> None:
        """Add an event of each key, under the next positions."""
        told = {} if timestamp is None else {"timestamp": timestamp}
        for key in keys:
            self.add_raw({"event": json.dumps({"aggregate_id": key, **told, **more})})

    def add_raw(self, fields: dict[str, str]) -> None:
        """Add an entry of these fields."""
        number = 1
        if self.redis.exists(self.mapping.stream):
            number = int(self.redis.xinfo_stream(self.mapping.stream)["last-generated-id"].split(b"-")[0]) + 1
        self.redis.xadd(self.mapping.stream, fields, id=f"{number}-0")

    def poll(self, turns: int = 1, advance_s: float = 0.0) -> PollReport:
        """So many turns, the clock moved by `advance_s` after each; their reports as one."""
        report = PollReport()
        for _ in range(turns):
            report += self.poller.poll_once(wait_s=0)
            self.clock.advance(advance_s)
        return report

    def pending(self) -> int:
        """How many entries the group has delivered and nobody acknowledged."""
        return int(self.redis.xpending(self.mapping.stream, self.mapping.group)["pending"])

    def parked_reasons(self) -> list[tuple[str, str]]:
        """Id in the stream and reason of what is parked, in the order of parking."""
        return [(event.source_id, event.reason) for event in self.parked.entries()]

    def parked_ids(self) -> list[str]:
        """The ids in the stream of what is parked, in the order of parking."""
        return [event.source_id for event in self.parked.entries()]


def wait_until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Return once the condition holds; fail where that takes too long."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.005)
