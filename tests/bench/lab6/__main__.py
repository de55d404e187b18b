"""`./recours bench lab6`: claims from orders at a steady rate, on a system of its own, while Lab 6 comes and goes.

Phases: up, down, slow (answers after three seconds), back; the first requests of each still meet the mode before, for
it is switched beside them. Told are, for each phase, how many requests failed, how many were answered in degraded mode,
and P50/P95/P99 from when a request was due to its answer; how long after the return the circuits were closed; how long
until every claim made in between was enriched; and what `verify` says of all of it.
"""

import argparse
import threading
import time
from collections.abc import Sequence
from functools import partial

import httpx

from local.paths import DEFAULT_TEMPLATE
from local.supervisor.system import read_template
from local.verify.check import check
from local.verify.report import summary
from local.verify.subscribers import read_subscribers
from tests.bench.lab6.steady import Sent, Steady
from tests.system import RunningSystem, run_recours, running_system

ENRICHED_S_MAX = 300.0
PHASES = {"up": "up", "down": "down", "slow": "slow", "back": "up"}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="./recours bench lab6", description=__doc__)
    parser.add_argument("--rate", type=float, default=50, help="requests a second (default 50)")
    parser.add_argument("--seconds", type=float, default=20, help="of each phase (default 20)")
    given = parser.parse_args()
    with running_system() as system:
        _run(system, given.rate, given.seconds)


def _run(system: RunningSystem, rate_per_s: float, seconds: float) -> None:
    load = Steady(system.url("integration"), rate_per_s)
    watch = CircuitWatch(system.url("integration"))
    for phase, mode in PHASES.items():
        load.run(phase, seconds, partial(_begin, system, mode, watch if phase == "back" else None))
        print(_told(phase, [sent for sent in load.sent if sent.phase == phase]), flush=True)
    print(f"circuits closed {watch.closed_after_s():.1f} s after the return")
    degraded = [sent.answer["claim_id"] for sent in load.sent if sent.answer.get("integration_status") == "degraded"]
    print(f"{len(degraded)} claims made in degraded mode were enriched {_until_enriched(system, degraded):.1f} s later")
    print(_verified(system))


class CircuitWatch:
    """Asks for the status until both circuits are closed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._closed_after_s: float | None = None
        self._thread = threading.Thread(target=self._watch)

    def begin(self) -> None:
        """The systems are back from now on."""
        self._thread.start()

    def closed_after_s(self) -> float:
        """Seconds from then on."""
        self._thread.join()
        if self._closed_after_s is None:
            raise TimeoutError("the circuits were not closed within 60 s")
        return self._closed_after_s

    def _watch(self) -> None:
        began = time.perf_counter()
        while (after_s := time.perf_counter() - began) < 60:
            status = httpx.get(f"{self._url}/integration/status", timeout=10).json()
            if {status["orders"]["circuit"], status["customers"]["circuit"]} == {"closed"}:
                self._closed_after_s = after_s
                return
            time.sleep(0.1)


def _begin(system: RunningSystem, mode: str, watch: CircuitWatch | None) -> None:
    """Put Lab 6 into the mode of a phase."""
    done = run_recours("lab6", mode, "--data", str(system.data))
    if done.returncode:
        raise RuntimeError(done.stderr)
    if watch is not None:
        watch.begin()


def _told(phase: str, sent: Sequence[Sent]) -> str:
    failed = [each for each in sent if each.status != 201]
    degraded = sum(each.answer.get("integration_status") == "degraded" for each in sent)
    first = f", the first {failed[0].status} {failed[0].answer}" if failed else ""
    figures = " / ".join(f"{_percentile(sent, part):.0f}" for part in (0.5, 0.95, 0.99))
    return f"{phase:5} {len(sent)} requests, {len(failed)} failed{first}, {degraded} degraded, P50/P95/P99 {figures} ms"


def _percentile(sent: Sequence[Sent], part: float) -> float:
    ordered = sorted(each.latency_ms for each in sent)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def _until_enriched(system: RunningSystem, claim_ids: Sequence[str]) -> float:
    """Seconds until the read side has the context of each."""
    began = time.perf_counter()
    with httpx.Client(base_url=system.url("query"), timeout=30) as client:
        for claim_id in claim_ids:
            while not (claim := client.get(f"/claims/{claim_id}").json()).get("enriched_at"):
                if time.perf_counter() - began > ENRICHED_S_MAX:
                    raise TimeoutError(f"not enriched within {ENRICHED_S_MAX:.0f} s: {claim}")
                time.sleep(0.2)
    return time.perf_counter() - began


def _verified(system: RunningSystem) -> str:
    subscribers = read_subscribers(read_template(DEFAULT_TEMPLATE))
    redis_url, mongo_url, postgres_url = (system.url(name) for name in ("redis", "mongo", "postgres"))
    return summary(check(redis_url, mongo_url, postgres_url, subscribers, wait_seconds=120))


if __name__ == "__main__":
    main()
