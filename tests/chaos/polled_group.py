"""A stream with a producer and real poller processes, to be killed and stopped. Everything told is on the server.

`python -m tests.chaos.polled_group URL NAME CONSUMER LANES` is one such process: it polls until SIGTERM.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from redis import Redis

from streams.group.keys import GroupKeys
from streams.mapping import EventSourceMapping
from streams.poller import Poller
from streams.wire import StreamBatch

ROOT = Path(__file__).parents[2]
IDLE_MS_MIN = 400
RECORD_S = 0.001  # what a record takes, so that a signal often comes in the middle of a batch
KEYS = 20
EVENTS_PER_S = 200
END_S_MAX = 60.0


class PolledGroup:
    """One stream and one group. `effects` is the list of what the function did, in order, by all processes."""

    def __init__(self, url: str, name: str, lanes: int) -> None:
        self.url, self.name, self.lanes = url, name, lanes
        self.redis: Any = Redis.from_url(url)
        properties = {"Stream": f"stream:{name}", "Group": f"group-{name}", "BatchSize": 20}
        self.mapping = EventSourceMapping.from_metadata("F", properties | {"ParallelizationFactor": lanes})
        self.keys = GroupKeys(self.mapping.stream, self.mapping.group)
        self.effects_key = f"effects:{name}"
        self._appended = 0

    def append(self) -> None:
        """Add the next event, of the next key."""
        self._appended += 1
        event = {"aggregate_id": f"key-{self._appended % KEYS}"}
        self.redis.xadd(self.mapping.stream, {"event": json.dumps(event)}, id=f"{self._appended}-0")

    def effects(self) -> list[int]:
        """The numbers of the events that were done, each time that one was."""
        return [int(number) for number in self.redis.lrange(self.effects_key, 0, -1)]

    def wait_for_effects(self, count: int) -> None:
        """Return once so many more were done, repeats counted."""
        enough = self.redis.llen(self.effects_key) + count
        self._wait(lambda: self.redis.llen(self.effects_key) >= enough, f"fewer than {count} more effects")

    def wait_until_done(self) -> None:
        """Return once the group has acknowledged all that was appended."""
        self._wait(self._is_done, "not all is acknowledged")

    def check(self) -> None:
        """Every event was done, a key's in their order; nothing is pending, nothing parked."""
        first_times = list(dict.fromkeys(self.effects()))
        assert sorted(first_times) == list(range(1, self._appended + 1))
        for key in range(KEYS):
            of_key = [number for number in first_times if number % KEYS == key]
            assert of_key == sorted(of_key), f"the order of key-{key}"
        assert self.redis.xpending(self.mapping.stream, self.mapping.group)["pending"] == 0
        assert self.redis.xlen(self.keys.parked) == 0

    def _is_done(self) -> bool:
        for group in self.redis.xinfo_groups(self.mapping.stream):
            if group["name"].decode() == self.mapping.group:
                return bool(group["pending"] == 0 and group["last-delivered-id"].decode() == f"{self._appended}-0")
        return False

    def _wait(self, is_so: Any, otherwise: str) -> None:
        deadline = time.monotonic() + END_S_MAX
        while not is_so():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.02)


class Producer(threading.Thread):
    """Appends at an even pace until stopped. Use as a context: at its end it has stopped."""

    def __init__(self, group: PolledGroup) -> None:
        super().__init__(name="producer", daemon=True)
        self._group = group
        self._stopped = threading.Event()

    def run(self) -> None:
        """The thread."""
        began_s, appended = time.monotonic(), 0
        while not self._stopped.is_set():
            self._group.append()
            appended += 1
            self._stopped.wait(max(began_s + appended / EVENTS_PER_S - time.monotonic(), 0.0))

    def __enter__(self) -> "Producer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()


class PollerProcess:
    """A process that polls. Use as a context: at its end it has ended, whatever state it was in."""

    def __init__(self, group: PolledGroup, consumer: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.polled_group", group.url, group.name, consumer, str(group.lanes)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/streams/python")])},
        )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> int:
        """Ask it to end; return its exit code."""
        self.send(signal.SIGTERM)
        return self._process.wait(timeout=END_S_MAX)

    def __enter__(self) -> "PollerProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def poll(group: PolledGroup, consumer: str) -> None:
    """What a poller process does, until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def function(batch: StreamBatch) -> None:
        for record in batch["Records"]:
            group.redis.rpush(group.effects_key, record["eventID"].partition("-")[0])
            time.sleep(RECORD_S)

    Poller(group.redis, group.mapping, function, consumer=consumer, idle_ms_min=IDLE_MS_MIN).run(stop)


if __name__ == "__main__":
    _, url_, name_, consumer_, lanes_ = sys.argv
    poll(PolledGroup(url_, name_, int(lanes_)), consumer_)
