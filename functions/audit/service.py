"""What can be asked of the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, fsum

from repositories.ports.audit_trail import AuditEntry, AuditFilter, AuditTrail
from repositories.ports.history_totals import HistoryTotals
from repositories.ports.pages import Page, Place

SAMPLE_COUNT_MAX = (
    10_000  # newest entries that percentiles are taken over: history before last week is not today's speed
)


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long after an event its entry was written, in seconds; None where there is no entry."""

    average: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    min: float | None
    sample_size: int


class Audit:
    """Reads the trail."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    def trail(self, wanted: AuditFilter, place: Place, limit: int) -> Page[AuditEntry]:
        """Entries, newest first."""
        return self._trail.list(wanted, place, limit)

    def of_claim(self, claim_id: str, *, after_version: int, skip: int, limit: int) -> Sequence[AuditEntry]:
        """A claim's entries, oldest first; none for an id that was never recorded."""
        return self._trail.of_claim(claim_id, after_version=after_version, skip=skip, limit=limit)

    def totals(self) -> HistoryTotals:
        """Counts over all entries."""
        return self._trail.totals()

    def latencies(self) -> Latencies:
        """Over the newest SAMPLE_COUNT_MAX entries."""
        return summarize(self._trail.newest_latencies(SAMPLE_COUNT_MAX))


def summarize(seconds: Sequence[float]) -> Latencies:
    """Mean, extremes and nearest-rank percentiles. Pure."""
    if not seconds:
        return Latencies(None, None, None, None, None, None, 0)
    ranked = sorted(seconds)
    return Latencies(
        average=fsum(ranked) / len(ranked),
        p50=nearest_rank(ranked, 50),
        p95=nearest_rank(ranked, 95),
        p99=nearest_rank(ranked, 99),
        max=ranked[-1],
        min=ranked[0],
        sample_size=len(ranked),
    )


def nearest_rank(ranked: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of all do not exceed. `ranked` is in order and not empty."""
    return ranked[ceil(len(ranked) * percent / 100) - 1]
