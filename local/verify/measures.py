"""The last round's result as Prometheus metrics, served on the loopback."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, start_http_server

from local.verify.findings import KINDS, STORES, SUBSCRIBED, Result


class Measures:
    """What is exported, in a registry of its own.

    verify_findings{kind,store}              what is wrong, 0 where nothing is
    verify_in_flight_events{store}           events that the store's group has not acknowledged
    verify_given_up_events{store}            events that a person discarded, so that the store goes without them
    verify_events_checked                    events looked at
    verify_last_success_timestamp_seconds    when a round last found nothing wrong; 0 before the first
    verify_duration_seconds                  how long the round took
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._findings = self._gauge("verify_findings", "What the last round found wrong.", ["kind", "store"])
        self._in_flight = self._gauge("verify_in_flight_events", "Events not acknowledged by the group.", ["store"])
        self._given_up = self._gauge("verify_given_up_events", "Events discarded by a person.", ["store"])
        self._events = self._gauge("verify_events_checked", "Events that the last round looked at.")
        self._success = self._gauge(
            "verify_last_success_timestamp_seconds", "When a round last found nothing wrong, since 1970-01-01 UTC."
        )
        self._duration = self._gauge("verify_duration_seconds", "How long the last round took.")

    def show(self, result: Result) -> None:
        """Replace what the round before told."""
        counts, given_up = result.counts(), result.given_up_counts()
        for kind in KINDS:
            for store in STORES:
                self._findings.labels(kind, store).set(counts.get((kind, store), 0))
        for store in SUBSCRIBED:
            self._in_flight.labels(store).set(result.in_flight.get(store, 0))
            self._given_up.labels(store).set(given_up.get(store, 0))
        self._events.set(result.events)
        self._duration.set(result.seconds)
        if result.is_clean:
            self._success.set(time.time())

    @contextmanager
    def served(self, port: int) -> Iterator[int]:
        """Answer on 127.0.0.1 at the port, 0 for any free one; yields the port. Raises OSError where it is taken."""
        server, thread = start_http_server(port, addr="127.0.0.1", registry=self.registry)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _gauge(self, name: str, text: str, labels: "list[str] | tuple[()]" = ()) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)
