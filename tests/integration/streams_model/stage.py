"""Small histories that a poller plays through, with the server as the only memory: it may die anywhere in one."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from streams.clock import ManualClock
from streams.group.keys import GroupKeys
from streams.mapping import EventSourceMapping
from streams.parking.parked_events import ParkedEvents
from streams.poller import Poller
from streams.wire import StreamBatch
from tests.integration.streams_model.checks import is_quiet

NOW_MS = 1_700_000_040_000  # a minute begins here
LATER_MS = NOW_MS + 300_000  # every window is over
TURN_S = 0.5  # longer than the first back-off
TURNS_MAX = 100
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


@dataclass(frozen=True)
class Record:
    """One entry: its key, whether the filter lets it through, whether the function fails on it, when it happened."""

    key: str
    wanted: bool = True
    poisoned: bool = False
    after_s: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A mapping by the names of AWS, the entries, and how many of them are parked before the function is mended."""

    properties: dict[str, Any] = field(repr=False)
    records: tuple[Record, ...]
    parked: int = 0

    @property
    def ids(self) -> dict[str, Record]:
        """The entries by their ids, in order."""
        return {f"{number}-0": record for number, record in enumerate(self.records, start=1)}


SCENARIOS = {
    "two lanes, a reported record is parked and retried": Scenario(
        {"BatchSize": 3, "ParallelizationFactor": 2, "MaximumRetryAttempts": 1, **REPORTS},
        (
            Record("a"),
            Record("b", wanted=False),
            Record("b", poisoned=True),
            Record("a"),
            Record("b"),
            Record("c"),
        ),
        parked=2,
    ),
    "a batch that raises is bisected": Scenario(
        {"BatchSize": 4, "MaximumRetryAttempts": 0, "BisectBatchOnFunctionError": True},
        (Record("a"), Record("b", poisoned=True), Record("a"), Record("b")),
        parked=2,
    ),
    "tumbling windows": Scenario(
        {"BatchSize": 2, "TumblingWindowInSeconds": 60, **REPORTS},
        (Record("a"), Record("b", after_s=1), Record("a", after_s=2), Record("b", after_s=61), Record("a", after_s=62)),
    ),
}


class Stage:
    """One scenario on one server, under names of its own. Everything there is to know is on the server."""

    def __init__(self, redis: Redis, name: str, scenario: Scenario) -> None:
        metadata: dict[str, Any] = {"Stream": f"stream:{name}", "Group": f"group-{name}"}
        pattern = json.dumps({"event": {"wanted": [True]}})
        metadata["FilterCriteria"] = {"Filters": [{"Pattern": pattern}]}
        self.redis: Any = redis
        self.scenario = scenario
        self.mapping = EventSourceMapping.from_metadata("F", metadata | scenario.properties)
        self.keys = GroupKeys(self.mapping.stream, self.mapping.group)
        self.parked = ParkedEvents(redis, self.mapping.stream, self.mapping.group)
        self.effects, self.windows, self.mended = (f"{kind}:{name}" for kind in ("effects", "windows", "mended"))

    def set_up(self) -> None:
        """Append the entries."""
        pipeline = self.redis.pipeline(transaction=False)
        for entry_id, record in self.scenario.ids.items():
            happened = datetime.fromtimestamp(NOW_MS / 1000 + record.after_s, UTC).isoformat()
            event = {"aggregate_id": record.key, "wanted": record.wanted, "timestamp": happened}
            pipeline.xadd(self.mapping.stream, {"event": json.dumps(event | {"id": entry_id})}, id=entry_id)
        pipeline.execute()

    def play(self, client: Redis, consumer: str) -> None:
        """Poll with `client` until what must fail is parked; mend the function, retry, and poll until all is done."""
        clock = ManualClock(LATER_MS)
        function = StagedFunction(client, self)
        poller = Poller(client, self.mapping, function, consumer=consumer, clock=clock, idle_ms_min=0)
        poller.start()
        self._poll(poller, clock, lambda: self.redis.exists(self.mended) or self.parked.count() >= self.scenario.parked)
        self.redis.set(self.mended, "yes")
        self._poll(poller, clock, self._is_over)

    def tear_down(self) -> None:
        """Leave nothing on the server."""
        names = [self.mapping.stream, self.effects, self.windows, self.mended]
        self.redis.delete(*names, *self.redis.keys(f"*{self.mapping.group}*"))

    def _poll(self, poller: Poller, clock: ManualClock, is_over: Callable[[], bool]) -> None:
        for _ in range(TURNS_MAX):
            if self.redis.exists(self.mended):
                self.parked.request_retry(None, "the stage")
            poller.poll_once(wait_s=0)
            if is_over():
                return
            clock.advance(TURN_S)
        raise AssertionError("it never comes to an end")

    def _is_over(self) -> bool:
        return is_quiet(self.redis, self.keys) and not self.redis.exists(self.keys.window)


class StagedFunction:
    """Its effects are on the server, too, so that they outlive it. Poisoned records fail until it is mended."""

    def __init__(self, client: Redis, stage: Stage) -> None:
        self._client = client
        self._stage = stage

    def __call__(self, batch: StreamBatch) -> dict[str, Any]:
        """The batch handler. A window's state is the ids that it has seen, told when the window closes."""
        seen: list[str] = [*batch.get("state", {}).get("seen", [])]
        if batch.get("isFinalInvokeForWindow"):
            self._client.rpush(self._stage.windows, json.dumps([batch["window"]["start"], seen]))
        for record in batch["Records"]:
            if self._stage.scenario.ids[record["eventID"]].poisoned and not self._client.exists(self._stage.mended):
                return self._fail(record["eventID"], seen)
            self._client.rpush(self._stage.effects, record["eventID"])
            seen.append(record["eventID"])
        return {"state": {"seen": seen}}

    def _fail(self, entry_id: str, seen: list[str]) -> dict[str, Any]:
        if not self._stage.mapping.partial_responses:
            raise RuntimeError("poisoned")
        return {"batchItemFailures": [{"itemIdentifier": entry_id}], "state": {"seen": seen}}
