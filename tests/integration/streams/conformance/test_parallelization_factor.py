"""ParallelizationFactor: several batches at once, and order within a partition key all the same."""

import random
import threading
import time
import zlib
from collections.abc import Callable, Iterable

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.group.source import GroupSource
from streams.wire import StreamBatch
from tests.integration.streams.kit import Answer, Scene, wait_until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poller that is asked to stop looks up from its reading soon."""
    monkeypatch.setattr("streams.poller.BLOCK_S", 0.02)


class Counting:
    """Notes how many run at once, on which thread, and in which order each key was handled. Takes a random time."""

    def __init__(self, seconds_max: float = 0.01, fails: float = 0.0) -> None:
        self.at_once = self.at_once_max = 0
        self.by_key: dict[str, list[str]] = {}
        self._seconds_max = seconds_max
        self._fails = fails
        self._random = random.Random(7)
        self._lock = threading.Lock()

    def __call__(self, batch: StreamBatch) -> Answer:
        with self._lock:
            self.at_once += 1
            self.at_once_max = max(self.at_once, self.at_once_max)
            delay, fails = self._random.uniform(0, self._seconds_max), self._random.random() < self._fails
        time.sleep(delay)
        with self._lock:
            self.at_once -= 1
            if fails:
                raise RuntimeError("at random")
            for record in batch["Records"]:
                self.by_key.setdefault(record["event"]["aggregate_id"], []).append(record["eventID"])
        return None


def test_at_most_so_many_batches_run_at_once(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings", ParallelizationFactor."""
    scene, function = set_scene(ParallelizationFactor=3, BatchSize=1), Counting()
    scene.add(*"abcdefghijklmnopqrstuvwxyz" * 2)
    with scene.running(function):
        wait_until(lambda: sum(map(len, function.by_key.values())) == 52)
    assert function.at_once_max == 3


def test_a_retry_by_hand_runs_within_the_same_number(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings", ParallelizationFactor. Putting
    parked events back is ours, and makes no more invocations at once than there are lanes."""
    scene, function = set_scene(ParallelizationFactor=2, BatchSize=1, MaximumRetryAttempts=0), Counting(0.02)
    scene.add(*"abcdef")
    scene.function.crash = RuntimeError("down")
    scene.poll(8)
    assert scene.parked.count() == 6
    scene.parked.request_retry(None, "ada")
    scene.add(*"ghijklmnopqrstuvwxyz" * 2)
    with scene.running(function):
        wait_until(lambda: scene.parked.count() == 0 and sum(map(len, function.by_key.values())) == 46)
    assert function.at_once_max == 2


def test_without_a_factor_one_batch_runs_at_a_time(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings": the default is 1."""
    scene, function = set_scene(BatchSize=1), Counting(0.002)
    scene.add(*"abcdefghij")
    with scene.running(function):
        wait_until(lambda: sum(map(len, function.by_key.values())) == 10)
    assert function.at_once_max == 1


def test_records_of_one_partition_key_are_handled_in_order(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": in order at the partition-key level."""
    scene, function = set_scene(ParallelizationFactor=4, BatchSize=3), Counting(0.004)
    order = random.Random(3)
    keys = [order.choice("abcdefgh") for _ in range(200)]
    scene.add(*keys)
    with scene.running(function):
        wait_until(lambda: sum(map(len, function.by_key.values())) == 200)
    expected: dict[str, list[str]] = {}
    for number, key in enumerate(keys, 1):
        expected.setdefault(key, []).append(f"{number}-0")
    assert function.by_key == expected


def test_order_within_a_key_holds_though_batches_fail_at_random(set_scene: Callable[..., Scene]) -> None:
    """AWS: "How Lambda processes records from Amazon Kinesis Data Streams": in order at the partition-key level."""
    scene, function = set_scene(ParallelizationFactor=3, BatchSize=2), Counting(0.002, fails=0.15)
    keys = "abcdef" * 8
    scene.add(*keys)
    with scene.running(function):
        wait_until(lambda: sum(map(len, function.by_key.values())) == len(keys))
    assert function.by_key == {
        key: [f"{number}-0" for number, each in enumerate(keys, 1) if each == key] for key in "abcdef"
    }
    wait_until(lambda: scene.pending() == 0)


def test_a_lane_that_takes_long_holds_up_no_other(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Lambda parameters for Amazon Kinesis Data Streams event source mappings", ParallelizationFactor."""
    scene = set_scene(ParallelizationFactor=2, BatchSize=1)
    others = [key for key in "bcdefghijklmnop" if zlib.crc32(key.encode()) % 2 != zlib.crc32(b"a") % 2]
    go_on, done = threading.Event(), []

    def function(batch: StreamBatch) -> Answer:
        key = batch["Records"][0]["event"]["aggregate_id"]
        if key == "a":
            assert go_on.wait(5)
        done.append(key)
        return None

    scene.add("a", *others)
    with scene.running(function):
        wait_until(lambda: len(done) == len(others))
        assert "a" not in done
        go_on.set()
        wait_until(lambda: "a" in done)


def test_what_a_lane_could_not_acknowledge_is_delivered_again(
    set_scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS: "How Lambda processes records from stream and queue-based event sources": each event at least once."""
    scene = set_scene(ParallelizationFactor=2, BatchSize=1)
    acknowledge = GroupSource.acknowledge
    lost: list[str] = []

    def lose_the_connection_once(source: GroupSource, entry_ids: Iterable[str]) -> None:
        ids = list(entry_ids)
        if ids and not lost:
            lost.extend(ids)
            raise RedisConnectionError("gone")
        acknowledge(source, ids)

    monkeypatch.setattr(GroupSource, "acknowledge", lose_the_connection_once)
    scene.add(*"abcd")
    with scene.running():
        wait_until(lambda: set(scene.function.ids()) == {"1-0", "2-0", "3-0", "4-0"} and scene.pending() == 0)
    assert scene.function.ids().count(lost[0]) == 2
