"""Which entries are wanted. What cannot be is passed over before it is read: logs are large."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson

from local.logs.entries import LEVELS, Entry, Level

# How a JSON line of ours begins; whichever begins otherwise is read before it is judged.
_OURS = re.compile(rb'\{"level":"([a-z]+)","timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.\d]*Z"')
_RANKS: dict[str, int] = {level: rank for rank, level in enumerate(LEVELS)}
_NAMES_OF_CLAIM = ("claim_id", "aggregate_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is given must be so. `since` in seconds since the epoch.

    Of a claim are wanted the lines that name it, and those of `its_requests` (correlation ids) that name no claim.
    """

    correlation: str | None = None
    claim: str | None = None
    event: str | None = None
    level: Level = "debug"
    since: float = 0.0
    with_lambdas: bool = False
    its_requests: frozenset[str] = frozenset()
    _needles: tuple[tuple[bytes, ...], ...] = field(init=False, repr=False, compare=False)
    _since_second: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = [{one} for one in (self.correlation, self.event) if one is not None]
        if self.claim is not None:
            ids.append({self.claim, *self.its_requests})
        needles = tuple(tuple({form for one in each for form in forms_of(one)}) for each in ids)
        object.__setattr__(self, "_needles", needles)
        since = datetime.fromtimestamp(self.since, UTC).isoformat(timespec="seconds")
        object.__setattr__(self, "_since_second", since.removesuffix("+00:00").encode())

    @property
    def is_of_ids(self) -> bool:
        """Whether whole logs are searched for an id, and not their ends alone."""
        return bool(self._needles)

    def may_be_in(self, text: bytes) -> bool:
        """Whether a wanted entry can begin in this text: every id that is asked for stands there."""
        return all(any(form in text for form in forms) for forms in self._needles)

    def may_begin(self, line: bytes) -> bool:
        """Whether the entry that begins with this line can be wanted."""
        if not self.may_be_in(line):
            return False
        if not (self.since or self.level != "debug") or (ours := _OURS.match(line)) is None:
            return True
        level = ours[1].decode()
        return ours[2] >= self._since_second and (level not in _RANKS or _RANKS[level] >= _RANKS[self.level])

    def holds(self, entry: Entry) -> bool:
        """Whether the entry is wanted."""
        return (
            (self.with_lambdas or not entry.is_lambdas)
            and entry.at >= self.since
            and _RANKS[entry.level] >= _RANKS[self.level]
            and (self.correlation is None or entry.fact("correlation_id") == self.correlation)
            and (self.event is None or entry.fact("event_id") == self.event)
            and (self.claim is None or self._is_of_claim(entry, self.claim))
        )

    def with_requests(self, correlations: Iterable[str]) -> "Wanted":
        """The same, with these requests as the claim's too."""
        found = self.its_requests | frozenset(correlations)
        return self if found == self.its_requests else replace(self, its_requests=found)

    def words(self) -> str:
        """What is wanted, for a sentence that begins with "no line"."""
        ids = {"correlation id": self.correlation, "claim": self.claim, "event": self.event}
        told = [f"of {name} {value}" for name, value in ids.items() if value is not None]
        if self.level != "debug":
            told.append(f"at level {self.level} or above")
        if self.since:
            told.append(f"since {datetime.fromtimestamp(self.since, UTC).isoformat(timespec='seconds')}")
        return "".join(f" {each}" for each in told)

    def _is_of_claim(self, entry: Entry, claim: str) -> bool:
        if names_claim(entry, claim):
            return True
        is_of_another = any(entry.fact(name) is not None for name in _NAMES_OF_CLAIM)
        return not is_of_another and entry.fact("correlation_id") in self.its_requests


def names_claim(entry: Entry, claim: str) -> bool:
    """Whether the entry names that claim. A poller knows it as its entries' key."""
    return any(entry.fact(name) == claim for name in (*_NAMES_OF_CLAIM, "key"))


def forms_of(id_: str) -> set[bytes]:
    """An id as it stands in a line of JSON: as it is, or with what its writer's encoder escapes."""
    return {id_.encode(), orjson.dumps(id_)[1:-1], json.dumps(id_)[1:-1].encode()}
