"""Which entries are wanted. A line that cannot be is passed over before it is read: logs are large."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from local.logs.entries import LEVELS, Entry, Level


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is given must be so. `since` in seconds since the epoch."""

    correlation: str | None = None
    claim: str | None = None
    event: str | None = None
    level: Level = "debug"
    since: float = 0.0
    with_lambdas: bool = False
    correlations_of_claim: frozenset[str] = frozenset()
    """The requests that concerned the claim: their lines are wanted too, where they are of no other claim."""

    @property
    def is_narrow(self) -> bool:
        """Whether whole logs are searched, and not their ends alone."""
        return bool(self.correlation or self.claim or self.event or self.since)

    def may_hold(self, line: str) -> bool:
        """Whether the entry that begins with this line can be wanted: ids stand in a line as they are."""
        for needle in (self.correlation, self.event):
            if needle is not None and needle not in line:
                return False
        if self.claim is None or self.claim in line:
            return True
        return any(one in line for one in self.correlations_of_claim)

    def holds(self, entry: Entry) -> bool:
        """Whether the entry is wanted."""
        return (
            (self.with_lambdas or not entry.is_lambdas)
            and entry.at >= self.since
            and LEVELS.index(entry.level) >= LEVELS.index(self.level)
            and (self.correlation is None or entry.fact("correlation_id") == self.correlation)
            and (self.event is None or entry.fact("event_id") == self.event)
            and (self.claim is None or self._is_of_claim(entry))
        )

    def with_requests_of_claim(self, entries: Iterable[Entry]) -> "Wanted":
        """The same, and what else was said in the requests that these entries of the claim belong to."""
        found = frozenset(id_ for entry in entries if (id_ := entry.fact("correlation_id")) is not None)
        return replace(self, correlations_of_claim=found)

    def _is_of_claim(self, entry: Entry) -> bool:
        claim = entry.fact("claim_id")
        if claim is not None:
            return claim == self.claim
        return entry.fact("correlation_id") in self.correlations_of_claim


def passing(lines: Iterable[str], may_hold: Callable[[str], bool], begins: Callable[[str], bool]) -> Iterator[str]:
    """The lines that may be of a wanted entry: such a first line, and those that belong to it."""
    within = False
    for line in lines:
        if begins(line):
            within = may_hold(line)
        if within:
            yield line
