"""What the archive and the audit trail count over history, folded one event at a time. Pure.

History before a contiguous position never changes, so a total over it is kept and only moved forward: reading it costs
the same at a thousand events and at a hundred million.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from envelope import is_context_id

TOP_COUNT = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """The part of an event that is counted. `latency_seconds` is 0.0 where none is measured.

    `claim_id` is the event's aggregate: a claim's id, or its context's.
    """

    position: int
    event_type: str
    moment: datetime
    claim_id: str
    version: int
    latency_seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """How many events share something, and the first and last position that any of them has."""

    count: int = 0
    first_position: int = 0
    last_position: int = 0
    latency_seconds_sum: float = 0.0

    def add(self, fact: Fact) -> None:
        """Count one more."""
        self.count += 1
        self.first_position = min(self.first_position or fact.position, fact.position)
        self.last_position = max(self.last_position, fact.position)
        self.latency_seconds_sum += fact.latency_seconds


@dataclass(slots=True)
class HistoryTotals:
    """Counts over a stretch of history. Days are UTC, `YYYY-MM-DD`.

    `events`, types and days count every event; `aggregates` and `top` count claims, of which a claim's context is a
    part and none of its own.
    """

    events: int = 0
    aggregates: int = 0
    by_event_type: dict[str, Tally] = field(default_factory=dict)
    by_day: dict[str, Tally] = field(default_factory=dict)
    top: dict[str, int] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Count one more event. Positions must come in rising order."""
        self.events += 1
        self.by_event_type.setdefault(fact.event_type, Tally()).add(fact)
        self.by_day.setdefault(day_of(fact.moment), Tally()).add(fact)
        if not is_context_id(fact.claim_id):
            self.aggregates += fact.version == 1
            self._rank(fact)

    def add_all(self, facts: Iterable[Fact]) -> None:
        """Count many."""
        for fact in facts:
            self.add(fact)

    def busiest(self) -> list[tuple[str, int]]:
        """The claims with the most events, most first, at most TOP_COUNT."""
        return sorted(self.top.items(), key=lambda item: (-item[1], item[0]))

    def span(self, event_type: str | None, since: datetime | None, until: datetime | None) -> tuple[int, int] | None:
        """The first and last position between which every event of this type and time lies; None: there is none."""
        tallies = self._by_type(event_type)
        days = [tally for day, tally in self.by_day.items() if _day_within(day, since, until)]
        if not tallies or not days:
            return None
        first = max(_first(tallies), _first(days))
        last = min(_last(tallies), _last(days))
        return (first, last) if first <= last else None

    def to_document(self) -> dict[str, Any]:
        """Lists, not maps, where a name is a key: event types and claim ids are any text."""
        return {
            "events": self.events,
            "aggregates": self.aggregates,
            "by_event_type": [_to_row(name, tally) for name, tally in self.by_event_type.items()],
            "by_day": [_to_row(day, tally) for day, tally in self.by_day.items()],
            "top": [list(item) for item in self.top.items()],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "HistoryTotals":
        """What `to_document` made."""
        return cls(
            events=document["events"],
            aggregates=document["aggregates"],
            by_event_type={row[0]: Tally(*row[1:]) for row in document["by_event_type"]},
            by_day={row[0]: Tally(*row[1:]) for row in document["by_day"]},
            top=dict(document["top"]),
        )

    def _rank(self, fact: Fact) -> None:
        # Versions are gapless, so a claim's last version is its number of events. A claim below the top had no more
        # events than the top's last, and comes by here again with each new one: so the top is exact.
        self.top[fact.claim_id] = max(self.top.get(fact.claim_id, 0), fact.version)
        if len(self.top) > TOP_COUNT:
            least = min(self.top.items(), key=lambda item: (item[1], item[0] == fact.claim_id))
            del self.top[least[0]]

    def _by_type(self, event_type: str | None) -> list[Tally]:
        if event_type is None:
            return list(self.by_event_type.values())
        return [self.by_event_type[event_type]] if event_type in self.by_event_type else []


def day_of(moment: datetime) -> str:
    """The UTC day, `YYYY-MM-DD`."""
    return moment.astimezone(UTC).date().isoformat()


def _day_within(day: str, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or day >= day_of(since)) and (until is None or day <= day_of(until))


def _to_row(name: str, tally: Tally) -> list[Any]:
    return [name, tally.count, tally.first_position, tally.last_position, tally.latency_seconds_sum]


def _first(tallies: list[Tally]) -> int:
    return min(tally.first_position for tally in tallies)


def _last(tallies: list[Tally]) -> int:
    return max(tally.last_position for tally in tallies)
