"""Waiting until everything that was acknowledged is everywhere, then reading it all again: nothing twice."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.loadtest.connection import Connection, ConnectionFailedError
from local.loadtest.endpoints import Endpoints
from local.loadtest.scenario import LoadedClaim
from local.loadtest.tally import Tally
from local.loadtest.views import VIEWS, Finding, View
from local.loadtest.workers import work_through

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 0.5  # asking again and again would slow down what is waited for


@dataclass
class Delays:
    """Seconds: from an event's own time until a subscriber had it, and how long a claim's query takes."""

    read_model: list[float] = field(default_factory=list)
    audit: list[float] = field(default_factory=list)
    query: list[float] = field(default_factory=list)


class Reader:
    """Reads the services' views of a claim over connections of its own. For one thread."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._connections = {view.name: Connection(view.address(endpoints)) for view in VIEWS}

    def read(self, view: View, claim: LoadedClaim) -> tuple[Any, Finding | None]:
        """Return the answer and what is wrong with it."""
        path = view.path.format(claim_id=claim.claim_id)
        try:
            answer = self._connections[view.name].request("GET", path)
        except ConnectionFailedError as error:
            return None, Finding(str(error))
        if answer.status != 200:
            text = answer.body[:200].decode(errors="replace")
            return None, Finding(f"GET {path} of the {view.name} answered {answer.status}: {text}")
        body = answer.json()
        return body, view.check(claim, body)


def wait_until_settled(
    endpoints: Endpoints, claims: Sequence[LoadedClaim], threads: int, deadline: float, tally: Tally
) -> None:
    """Return once every view of every claim is complete; what is not by `deadline` (monotonic) becomes a failure."""

    def make_worker() -> Callable[[LoadedClaim], None]:
        reader = Reader(endpoints)

        def settle(claim: LoadedClaim) -> None:
            for view in VIEWS:
                finding = _settled(reader, view, claim, deadline)
                if finding is not None:
                    tally.failed(claim.name, finding.what)

        return settle

    work_through(claims, threads, make_worker)


def _settled(reader: Reader, view: View, claim: LoadedClaim, deadline: float) -> Finding | None:
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        _, finding = reader.read(view, claim)
        if finding is None or finding.is_final or time.monotonic() > deadline:
            return finding
        time.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)


def verify_again(endpoints: Endpoints, claims: Sequence[LoadedClaim], threads: int, tally: Tally) -> Delays:
    """Read every view once more, now that nothing is under way: whatever came twice is there by now."""
    delays = Delays()

    def make_worker() -> Callable[[LoadedClaim], None]:
        reader = Reader(endpoints)

        def verify(claim: LoadedClaim) -> None:
            for view in VIEWS:
                started = time.perf_counter()
                answer, finding = reader.read(view, claim)
                if finding is None:
                    _measure(view.name, answer, time.perf_counter() - started, delays)
                else:
                    tally.failed(claim.name, finding.what)

        return verify

    work_through(claims, threads, make_worker)
    return delays


def _measure(view: str, answer: Any, seconds: float, delays: Delays) -> None:
    match view:
        case "audit":
            delays.audit.extend(entry["processing_latency_seconds"] for entry in answer["audit_trail"])
        case "read model":
            delays.query.append(seconds)
            if answer.get("projected_at"):
                projected, closed = (datetime.fromisoformat(answer[name]) for name in ("projected_at", "closed_at"))
                delays.read_model.append((projected - closed).total_seconds())
        case _:
            pass
