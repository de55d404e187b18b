"""`./recours bench consuming`: records a second, and delivery at 500 records a second, of each contender.

Every contender runs in a process of its own against one Valkey, in turn, for several rounds; told are the medians and
their ratios to the bare loop and to FastStream.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from redis import Redis

from local.servers.embedded import embedded_server
from tests.bench.consuming.contenders import CONTENDERS
from tests.bench.consuming.note import Notes

PAYLOAD = "x" * 300  # an entry is then some 400 bytes
RATE_PER_S = 500
Results = dict[str, list[dict[str, float]]]


def main() -> None:
    """Run the rounds and print a table; or, as a contender, one JSON object."""
    parser = argparse.ArgumentParser(prog="./recours bench consuming", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=30_000, help="records a round, for records a second")
    parser.add_argument("--seconds", type=int, default=4, help="how long records are sent, for the delivery time")
    parser.add_argument("--as", dest="contender", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--stream", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        _contend(given)
        return
    with tempfile.TemporaryDirectory() as folder, embedded_server("valkey", Path(folder)) as url:
        throughput: Results = {name: [] for name in CONTENDERS}
        delivery: Results = {name: [] for name in CONTENDERS}
        for number in range(given.rounds):
            for name in CONTENDERS:
                throughput[name].append(_throughput(url, name, given.records))
                delivery[name].append(_delivery(url, name, given.seconds))
            print(f"round {number + 1} of {given.rounds}", file=sys.stderr, flush=True)
    _print_table(throughput, delivery)


def _contend(given: argparse.Namespace) -> None:
    notes = Notes(given.records)
    CONTENDERS[given.contender](given.url, given.stream, notes)
    print(json.dumps(notes.result()), flush=True)
    os._exit(0)


def _throughput(url: str, name: str, records: int) -> dict[str, float]:
    """All records are there before the contender begins."""
    redis: Any = Redis.from_url(url)
    stream = f"bench:{uuid4().hex}"
    for start in range(0, records, 1000):
        pipeline = redis.pipeline(transaction=False)
        for number in range(start, min(start + 1000, records)):
            pipeline.xadd(stream, _entry(name, number))
        pipeline.execute()
    result = _finish(_start(url, name, stream, records))
    redis.delete(stream)
    return result


def _delivery(url: str, name: str, seconds: int) -> dict[str, float]:
    """Records are sent at an even rate; the contender is waiting for them when the first one comes."""
    redis: Any = Redis.from_url(url)
    stream = f"bench:{uuid4().hex}"
    process = _start(url, name, stream, RATE_PER_S * seconds)
    while not (redis.exists(stream) and redis.xinfo_groups(stream) and redis.xinfo_consumers(stream, "bench")):
        time.sleep(0.05)
    time.sleep(0.3)
    began_s = time.perf_counter()
    for number in range(RATE_PER_S * seconds):
        time.sleep(max(0.0, began_s + number / RATE_PER_S - time.perf_counter()))
        redis.xadd(stream, _entry(name, number))
    result = _finish(process)
    redis.delete(stream)
    return result


def _entry(name: str, number: int) -> dict[str, bytes]:
    event = {"aggregate_id": f"claim_{number % 997}", "sent_ns": time.time_ns(), "text": PAYLOAD}
    return {"__data__" if name.startswith("FastStream") else "event": orjson.dumps(event)}


def _start(url: str, name: str, stream: str, records: int) -> "subprocess.Popen[str]":
    arguments = ["--as", name, "--url", url, "--stream", stream, "--records", str(records)]
    command = [sys.executable, "-m", "tests.bench.consuming", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _finish(process: "subprocess.Popen[str]") -> dict[str, float]:
    out, _ = process.communicate(timeout=60)
    result: dict[str, float] = json.loads(out)
    return result


def _print_table(throughput: Results, delivery: Results) -> None:
    print(f"{'':24}{'records/s':>12}{'to bare':>9}{'to FS batches':>15}{'to FS singles':>15}{'P50 ms':>9}{'P95 ms':>9}")
    for name in CONTENDERS:
        ratios = [
            _ratio(throughput, name, other) for other in ("bare loop", "FastStream, batches", "FastStream, singles")
        ]
        print(
            f"{name:24}{_median(throughput, name, 'records_per_s'):12,.0f}"
            f"{ratios[0]:9.2f}{ratios[1]:15.2f}{ratios[2]:15.2f}"
            f"{_median(delivery, name, 'p50_ms'):9.2f}{_median(delivery, name, 'p95_ms'):9.2f}"
        )


def _median(results: Results, name: str, figure: str) -> float:
    return statistics.median(result[figure] for result in results[name])


def _ratio(results: Results, name: str, other: str) -> float:
    """The median of the rounds' ratios: both sides of one were measured within seconds."""
    pairs = zip(results[name], results[other], strict=True)
    return statistics.median(ours["records_per_s"] / theirs["records_per_s"] for ours, theirs in pairs)


if __name__ == "__main__":
    main()
