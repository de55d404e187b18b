"""What a check found, and how it is counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Store = Literal["log", "archive", "audit", "read_models", "notifications"]
STORES: tuple[Store, ...] = ("log", "archive", "audit", "read_models", "notifications")
SUBSCRIBED: tuple[Store, ...] = STORES[1:]
DOCUMENT_STORES: tuple[Store, ...] = ("archive", "audit", "notifications")

Kind = Literal["missing", "doubled", "different", "unexpected", "unsent", "parked"]
KINDS: tuple[Kind, ...] = ("missing", "doubled", "different", "unexpected", "unsent", "parked")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in one store.

    `missing`, `doubled`, `different` and `unexpected` are said of what the store should hold; `unsent` is a
    notification whose event is done and which is still pending; `parked` is an event that waits for a person. `what`
    is one sentence without personal data. `claim_id` and `position` are None where it is not about one.
    """

    kind: Kind
    store: Store
    what: str
    claim_id: str | None = None
    position: int | None = None

    def __str__(self) -> str:
        return f"{self.kind} · {self.store} · {self.claim_id or 'the whole'}: {self.what}"


@dataclass(frozen=True, slots=True)
class Result:
    """One check of everything.

    `in_flight` counts, a store, events that its group has not acknowledged; they are not wrong. `refused` counts
    notifications that failed for good, by reason: told, and not wrong, for trying again would change nothing.
    """

    findings: tuple[Finding, ...]
    events: int
    claims: int
    in_flight: Mapping[Store, int]
    seconds: float
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong. What is in flight is not wrong yet."""
        return not self.findings

    def counts(self) -> dict[tuple[Kind, Store], int]:
        """How many findings there are of each kind in each store, without those of which there are none."""
        return count_findings(self.findings)

    def to_dict(self, findings_max: int) -> dict[str, Any]:
        """JSON-ready: all counts, and at most `findings_max` findings in full."""
        return {
            "clean": self.is_clean,
            "events": self.events,
            "claims": self.claims,
            "seconds": round(self.seconds, 3),
            "in_flight": dict(self.in_flight),
            "refused_notifications": dict(self.refused),
            "counts": [
                {"kind": kind, "store": store, "count": count} for (kind, store), count in self.counts().items()
            ],
            "findings_total": len(self.findings),
            "findings": [asdict(finding) for finding in self.findings[:findings_max]],
        }


def count_findings(findings: Iterable[Finding]) -> dict[tuple[Kind, Store], int]:
    """How many there are of each kind and store, in the order of the catalogue."""
    counted = Counter((finding.kind, finding.store) for finding in findings)
    return {(kind, store): counted[kind, store] for store in STORES for kind in KINDS if counted[kind, store]}
