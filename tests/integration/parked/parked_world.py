"""A log with two subscribers whose functions refuse what is poisoned, and the system's state file that leads to it."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from local.state import SystemState, create_time_of, data_directory, write_state
from local.template import Function, Template
from streams.mapping import EventSourceMapping
from streams.poller import Poller
from streams.wire import StreamBatch

STREAM = "events:all"
AUDIT, NOTIFICATION = "audit-service", "notification-service"


class Subscriber:
    """A group with its function: one event at a time, those of `poisoned` claims are refused, others are `done`."""

    def __init__(self, redis: Redis, group: str) -> None:
        properties = {"Stream": STREAM, "Group": group, "BatchSize": 1, "MaximumRetryAttempts": 0}
        self.properties: dict[str, object] = dict(properties)
        self.poisoned: set[str] = set()
        self.done: list[str] = []
        mapping = EventSourceMapping.from_metadata("F", properties)
        self.poller = Poller(redis, mapping, self._handle, consumer=group)

    def _handle(self, batch: StreamBatch) -> None:
        for record in batch["Records"]:
            if record["event"]["aggregate_id"] in self.poisoned:
                raise ValueError("cannot write to marie@example.com")
            self.done.append(record["eventID"])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Its poller runs, as in the process of its own that it has in a system."""
        stop = threading.Event()
        thread = threading.Thread(target=self.poller.run, args=[stop])
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


class World:
    """Two subscribers; `data` is the data directory of a system whose supervisor is this process."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.redis: Any = Redis.from_url(url)
        self.redis.flushall()
        self.subscribers = {group: Subscriber(self.redis, group) for group in (AUDIT, NOTIFICATION)}
        self.data = folder
        state = SystemState(os.getpid(), create_time_of(os.getpid()) or 0.0, "ready", {"redis": url})
        data = data_directory(folder)
        data.run.mkdir()
        write_state(data, state)

    def append(self, *claim_ids: str) -> None:
        """Append an event of each claim, under the next positions."""
        for claim_id in claim_ids:
            position = self.redis.xlen(STREAM) + 1
            customer = {"name": "Marie Roy", "email": "marie@example.com"}
            event = {"event_id": f"event-{position}", "event_type": "ReclamationCreee", "aggregate_id": claim_id}
            self.redis.xadd(STREAM, {"event": json.dumps(event | {"data": {"customer": customer}})}, id=f"{position}-0")

    def park(self, claim_id: str, *groups: str) -> None:
        """Let these groups read the log to its end and park what there is of the claim; then mend their functions."""
        for group in groups:
            subscriber = self.subscribers[group]
            subscriber.poisoned.add(claim_id)
            subscriber.poller.start()
            while not self._is_done(group):
                subscriber.poller.poll_once(wait_s=0)
            subscriber.poisoned.clear()

    def _is_done(self, group: str) -> bool:
        """Whether the group has read the log to its end, and everything of it is acknowledged."""
        (facts,) = [facts for facts in self.redis.xinfo_groups(STREAM) if facts["name"] == group.encode()]
        last_id = self.redis.xinfo_stream(STREAM)["last-generated-id"]
        return bool(facts["last-delivered-id"] == last_id and not facts["pending"])

    def template(self) -> Template:
        """A template with both subscriptions and nothing else."""
        functions = tuple(
            Function(f"F{n}", "a.b", "s", None, "", 1, 3, 128, {}, (), Path(), (), subscriber.properties)
            for n, subscriber in enumerate(self.subscribers.values())
        )
        return Template(Path(), "", functions, ())
