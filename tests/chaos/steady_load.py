"""Claims at a steady rate, each taken through its five commands, whatever happens to the system meanwhile."""

import threading
import time
from pathlib import Path
from uuid import uuid4

from local.loadtest.connection import Connection
from local.loadtest.endpoints import find_endpoints
from local.loadtest.scenario import LoadedClaim, next_command
from local.loadtest.sending import GaveUpError, send
from local.loadtest.tally import Tally


class SteadyLoad:
    """Begins a claim every 1/`claims_per_s` seconds until `finish`; what an outage held up is begun right after it.

    A command is repeated under its own Idempotency-Key until it is acknowledged. Use as a context: at its end nothing
    is sent any more.
    """

    def __init__(self, data: Path, claims_per_s: float, threads: int = 16) -> None:
        self._address = find_endpoints(data).claims
        self._interval_s = 1 / claims_per_s
        self._run = uuid4().hex[:10]
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._started_s = 0.0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        self._claims: list[LoadedClaim] = []
        self.tally = Tally(lambda _: None)
        self.seconds = 0.0

    def __enter__(self) -> "SteadyLoad":
        self._started_s = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def finish(self) -> list[LoadedClaim]:
        """Begin no more claims and return them once each is through its life."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self._started_s
        assert not self.tally.failures, f"{len(self.tally.failures)} gave up, first {self.tally.failures[0]}"
        assert all(claim.is_whole for claim in self._claims)
        return self._claims

    def _work(self) -> None:
        connection = Connection(self._address)
        while (claim := self._next()) is not None:
            try:
                while not claim.is_whole:
                    answer = send(connection, next_command(claim), self.tally).json()
                    claim.claim_id = answer["claim_id"]
                    claim.event_ids.append(answer["event_id"])
            except GaveUpError as error:
                self.tally.failed(claim.name, str(error))
        connection.close()

    def _next(self) -> LoadedClaim | None:
        """The next claim, once its time has come; None when no more are to be begun."""
        with self._lock:
            number = len(self._claims)
            due_s = self._started_s + number * self._interval_s
            if self._stop.wait(max(0.0, due_s - time.monotonic())):
                return None
            claim = LoadedClaim(self._run, number)
            self._claims.append(claim)
            return claim
