"""What the archive and the audit trail keep of their own history: how far they are without a gap, and its counts. Pure.

Position and counts are one document, read before the walk: what it counts does not change any more, so the walk's
events up to its position must add up to it, however busy the system is.
"""

from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from math import isclose
from typing import Any

from envelope import Envelope, to_json
from local.verify.differences import differing
from local.verify.findings import Finding, Store
from local.verify.moment import Moment
from repositories.ports.history_totals import Fact, HistoryTotals, Tally

Document = dict[str, Any]


class KeptCheck:
    """Counts the events of a walk over everything, up to where one store says that it has counted."""

    def __init__(self, store: Store, moment: Moment) -> None:
        self._store = store
        self._moment = moment
        self._document = moment.kept.get(store)
        self._position = _position(self._document)
        self._totals = HistoryTotals()
        self._last: Envelope | None = None
        self._has_latencies = True

    def add(self, event: Envelope, latency_seconds: float | None = 0.0) -> None:
        """Count one; positions rise. `latency_seconds` is what the store's entry says, None where it has none."""
        position = event.position or 0
        if position > self._position:
            return
        self._last = event
        self._has_latencies = self._has_latencies and latency_seconds is not None
        moment, latency = event.timestamp, latency_seconds or 0.0
        self._totals.add(Fact(position, event.event_type, moment, event.aggregate_id, event.version, latency))

    def findings(self) -> Iterator[Finding]:
        """After the walk."""
        if self._document is None:
            # Counts are kept before the first event is acknowledged.
            if not self._moment.archive.begins_after and self._moment.is_done(self._store, 1):
                yield Finding("missing", self._store, "its kept totals are not there")
        elif self._position > self._moment.bounds.end:
            if self._store != "archive":  # of which it is told as a log that is behind
                yield self._finding(f"position {self._position}, which the log has not reached")
        else:
            yield from self._compare_last(self._document)
            yield from self._compare_totals(self._document)

    def _compare_last(self, document: Document) -> Iterator[Finding]:
        """The event at the position, as the archive's checkpoint tells it: an append is refused where it differs."""
        if self._store != "archive" or self._last is None or self._last.position != self._position:
            return
        said = {name: document.get(name) for name in ("event_id", "event_hash")}
        expected = {"event_id": self._last.event_id, "event_hash": sha256(to_json(self._last)).hexdigest()}
        if names := differing(expected, said):
            what = f"its checkpoint at position {self._position} differs from the event there in {', '.join(names)}"
            yield Finding("different", self._store, what)

    def _compare_totals(self, document: Document) -> Iterator[Finding]:
        # What was accepted as lost cannot be counted; what is missing otherwise is told of its position.
        if self._moment.archive.begins_after or (self._position >= 1 and self._totals.events != self._position):
            return
        try:
            kept = HistoryTotals.from_document(document["totals"])
            names = _differing(self._totals, kept, self._has_latencies)
        except (KeyError, IndexError, TypeError, ValueError):
            yield self._finding(f"position {self._position} and cannot be read")
            return
        if names:
            yield self._finding(f"position {self._position} and differ from the events in {', '.join(names)}")

    def _finding(self, what: str) -> Finding:
        return Finding("different", self._store, f"its kept totals stand at {what}")


def _position(document: Document | None) -> int:
    position = document.get("position") if document else None
    return position if isinstance(position, int) else 0


def _differing(counted: HistoryTotals, kept: HistoryTotals, has_latencies: bool) -> list[str]:
    """The names of the counts that differ. Sums of seconds are compared as such, and only where all are known."""
    expected, found = deepcopy(counted), deepcopy(kept)
    latencies = [
        (tally.latency_seconds_sum, other.latency_seconds_sum)
        for tally, other in [*_pairs(counted.by_event_type, kept.by_event_type), *_pairs(counted.by_day, kept.by_day)]
    ]
    for tallies in (expected.by_event_type, expected.by_day, found.by_event_type, found.by_day):
        for tally in tallies.values():
            tally.latency_seconds_sum = 0.0
    names = differing(expected.to_document() | _maps(expected), found.to_document() | _maps(found))
    is_off = has_latencies and any(not isclose(mine, its, rel_tol=1e-9, abs_tol=1e-6) for mine, its in latencies)
    return [*names, "latency_seconds_sum"] if is_off else names


def _pairs(counted: dict[str, Tally], kept: dict[str, Tally]) -> list[tuple[Tally, Tally]]:
    return [(tally, kept[name]) for name, tally in counted.items() if name in kept]


def _maps(totals: HistoryTotals) -> dict[str, Any]:
    """Where the order of the lists says nothing."""
    return {"by_event_type": totals.by_event_type, "by_day": totals.by_day, "top": totals.top}
