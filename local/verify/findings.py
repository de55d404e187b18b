"""What a check found, and how it is counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Store = Literal["log", "archive", "audit", "read_models", "notifications"]
STORES: tuple[Store, ...] = ("log", "archive", "audit", "read_models", "notifications")
SUBSCRIBED: tuple[Store, ...] = STORES[1:]
DOCUMENT_STORES: tuple[Store, ...] = ("archive", "audit", "notifications")

Kind = Literal["behind", "missing", "doubled", "different", "unexpected", "unsent", "parked", "unjudged"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in one store.

    `behind` is a log that ends before the archive. `missing`, `doubled`, `different` and `unexpected` are said of what
    the store should hold; `unsent` is a notification whose event is done and which is still pending; `parked` is an
    event that waits for a person; `unjudged` is one that the comparison itself failed at. `what` is one sentence
    without personal data. `claim_id` and `position` are None where it is not about one.
    """

    kind: Kind
    store: Store
    what: str
    claim_id: str | None = None
    position: int | None = None

    def __str__(self) -> str:
        return f"{self.kind} · {self.store} · {self.claim_id or 'the whole'}: {self.what}"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An event that a person discarded, so that the store goes without it."""

    store: Store
    claim_id: str
    position: int
    discarded_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """An event in flight that was delivered more than once; claim and version are None where it cannot be read."""

    store: Store
    claim_id: str | None
    version: int | None
    position: int
    deliveries: int

    def __str__(self) -> str:
        event = f"position {self.position}" if self.claim_id is None else f"{self.claim_id} version {self.version}"
        return f"{self.store}: {event}, delivered {self.deliveries} times"


@dataclass(frozen=True, slots=True)
class NotJudged:
    """What comes before the archive's accepted beginning: positions, and claims that began there and live on."""

    up_to_position: int
    claims: int


@dataclass(frozen=True, slots=True)
class Result:
    """One check of everything.

    `in_flight` counts, a store, events that its group has not acknowledged, those that are `retrying` among them; they
    are not wrong. Nor is what was `given_up`, for a person decided that. `refused` counts notifications that failed for
    good, by reason: told, and not wrong, for trying again would change nothing. `contexts_waiting` counts claims whose
    context the order and customer systems have not told yet.
    """

    findings: tuple[Finding, ...]
    events: int
    claims: int
    in_flight: Mapping[Store, int]
    seconds: float
    refused: Mapping[str, int] = field(default_factory=dict)
    retrying: tuple[Retrying, ...] = ()
    given_up: tuple[GivenUp, ...] = ()
    not_judged: NotJudged | None = None
    contexts_waiting: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong. What is in flight is not wrong yet."""
        return not self.findings

    def counts(self) -> dict[tuple[Kind, Store], int]:
        """How many findings there are of each kind in each store, without those of which there are none."""
        return count_findings(self.findings)

    def given_up_counts(self) -> dict[Store, int]:
        """How many events were given up for each store, without those for which none was."""
        counted = Counter(each.store for each in self.given_up)
        return {store: counted[store] for store in STORES if counted[store]}

    def to_dict(self, findings_max: int) -> dict[str, Any]:
        """JSON-ready: all counts, and at most `findings_max` findings, and of what is told beside, in full."""
        return {
            "clean": self.is_clean,
            "events": self.events,
            "claims": self.claims,
            "seconds": round(self.seconds, 3),
            "in_flight": dict(self.in_flight),
            "retrying_total": len(self.retrying),
            "retrying": [asdict(each) for each in self.retrying[:findings_max]],
            "given_up_total": len(self.given_up),
            "given_up": [asdict(each) for each in self.given_up[:findings_max]],
            "refused_notifications": dict(self.refused),
            "contexts_waiting": self.contexts_waiting,
            "not_judged": asdict(self.not_judged) if self.not_judged else None,
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
