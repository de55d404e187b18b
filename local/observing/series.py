"""The last minutes of every metric, and what can be asked of them: what grew, how fast, at which quantile.

A history is what `GET /history` of the observer answers:

    {"now": "2026-01-31T12:00:00.000000Z", "started": "…", "every_seconds": 2.0,
     "samples": [{"at": 1769860800.0, "values": {"claims_created_total{claim_type=\\"billing_error\\",…}": 3.0}}, …]}

The first sample is complete; each later one has only the values that changed since the one before.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf, isinf

OBSERVER = "observer"
"""The `service` of what the observer has measured itself."""

_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Sample:
    """All values at one moment: `at` in seconds since the epoch, `values` by name and labels."""

    at: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series over time; `at` in seconds since the epoch."""

    at: float
    value: float


class History:
    """Samples in order of time. Every question takes labels that must be so; what has others besides is added up."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = tuple(samples)
        self._moments = [sample.at for sample in self.samples]
        self._keys: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
        for key in self.samples[-1].values if self.samples else ():
            name, labels = read_key(key)
            self._keys.setdefault(name, []).append((key, labels))

    @classmethod
    def from_answer(cls, answer: Mapping[str, object]) -> "History":
        """Read the observer's answer. Raises ValueError where it is not one."""
        return cls(list(_complete(answer.get("samples"))))

    def knows(self, name: str) -> bool:
        """Whether there is any series of that name."""
        return name in self._keys

    def label_values(self, name: str, label: str, **labels: str) -> list[str]:
        """The values of one label of a metric, in order."""
        found = (own for _, own in self._matching(name, labels))
        return sorted({own[label] for own in found if label in own})

    def latest(self, name: str, **labels: str) -> float | None:
        """The sum over the matching series at the newest sample; None where there is none."""
        keys = self._keys_of(name, labels)
        return _total(self.samples[-1], keys) if keys else None

    def largest(self, name: str, **labels: str) -> float | None:
        """The largest of the matching series at the newest sample; None where there is none."""
        return max((self.samples[-1].values[key] for key in self._keys_of(name, labels)), default=None)

    def increase(self, name: str, seconds: float = inf, **labels: str) -> float | None:
        """By how much counters grew within the last `seconds`; all that they have where `seconds` is infinite.

        A counter that went back was started anew: what it has since then is what it grew by.
        """
        keys = self._keys_of(name, labels)
        if not keys:
            return None
        return self._grown_within(keys, seconds)

    def rate(self, name: str, seconds: float, **labels: str) -> float | None:
        """How much counters grew a second over the last `seconds`; None before there are two samples."""
        window = self._within(seconds)
        grown = self.increase(name, seconds, **labels)
        return None if grown is None or len(window) < 2 else grown / (window[-1].at - window[0].at)

    def peak_rate(self, name: str, seconds: float, **labels: str) -> float | None:
        """The most that counters grew a second between two samples of the last `seconds`."""
        return max((point.value for point in self.rates(name, seconds, **labels)), default=None)

    def rates(self, name: str, seconds: float, **labels: str) -> list[Point]:
        """How much counters grew a second from each sample to the next, of the last `seconds`."""
        keys = self._keys_of(name, labels)
        pairs = pairwise(self._within(seconds)) if keys else ()
        return [Point(after.at, _grown(before, after, keys) / (after.at - before.at)) for before, after in pairs]

    def series(self, name: str, seconds: float = inf, **labels: str) -> list[Point]:
        """The sum over the matching series at each sample of the last `seconds`."""
        keys = self._keys_of(name, labels)
        return [Point(sample.at, _total(sample, keys)) for sample in self._within(seconds)] if keys else []

    def quantile(self, name: str, q: float, seconds: float = inf, **labels: str) -> float | None:
        """The `q` quantile of what a histogram observed within the last `seconds`, as Prometheus reckons it.

        Inside its bucket a value is taken as evenly spread; beyond the last bound it is that bound. None where nothing
        was observed. `name` is the histogram's, without `_bucket`.
        """
        buckets: dict[float, list[str]] = {}
        for key, own in self._matching(f"{name}_bucket", labels):
            buckets.setdefault(_bound(own["le"]), []).append(key)
        counts = [(bound, self._grown_within(buckets[bound], seconds)) for bound in sorted(buckets)]
        return _quantile(counts, q)

    def quantiles(self, name: str, q: float, seconds: float, **labels: str) -> list[float | None]:
        """The `q` quantile of what a histogram observed from each sample to the next, of the last `seconds`."""
        first = self._first_within(seconds)
        grown: list[dict[float, float]] = [defaultdict(float) for _ in self.samples[first + 1 :]]
        buckets = [(_bound(own["le"]), key) for key, own in self._matching(f"{name}_bucket", labels)]
        for bound, key in buckets:
            for place, growth in self._growths.get(key, ()):
                if place > first:
                    grown[place - first - 1][bound] += growth
        bounds = sorted({bound for bound, _ in buckets})
        return [_quantile([(bound, each[bound]) for bound in bounds], q) for each in grown]

    def _grown_within(self, keys: Sequence[str], seconds: float) -> float:
        if isinf(seconds):
            return _total(self.samples[-1], keys)
        first = self._first_within(seconds)
        return sum(growth for key in keys for place, growth in self._growths.get(key, ()) if place > first)

    @cached_property
    def _growths(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        """By series: at which samples it had grown, and by how much. Few do, between two samples."""
        growths: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (before, after) in enumerate(pairwise(self.samples), start=1):
            for key, value in after.values.items():
                if value != (old := before.values.get(key, 0.0)):
                    growths[key].append((place, _growth(old, value)))
        return growths

    def _within(self, seconds: float) -> tuple[Sample, ...]:
        """The samples of the last `seconds`, and the one before them, from which the first of them grew."""
        return self.samples[self._first_within(seconds) :]

    def _first_within(self, seconds: float) -> int:
        if isinf(seconds) or not self.samples:
            return 0
        return max(bisect_right(self._moments, self._moments[-1] - seconds) - 1, 0)

    def _keys_of(self, name: str, labels: Mapping[str, str]) -> list[str]:
        return [key for key, _ in self._matching(name, labels)]

    def _matching(self, name: str, labels: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
        wanted = labels.items()
        return [(key, own) for key, own in self._keys.get(name, ()) if wanted <= own.items()]


def read_key(key: str) -> tuple[str, Mapping[str, str]]:
    """`name{label="value",…}` as its name and its labels."""
    name, _, inside = key.partition("{")
    return name, {label: _unescaped(value) for label, value in _LABEL.findall(inside)}


def write_key(name: str, labels: Mapping[str, str]) -> str:
    """The name and the labels, in their order, as Prometheus writes them."""
    if not labels:
        return name
    inside = ",".join(f'{label}="{_escaped(labels[label])}"' for label in sorted(labels))
    return f"{name}{{{inside}}}"


def _complete(samples: object) -> Iterator[Sample]:
    """The samples with the values that did not change."""
    if not isinstance(samples, list):
        raise ValueError("there is no list of samples")  # noqa: TRY004 (what was sent is wrong, not our call)
    values: dict[str, float] = {}
    for sample in samples:
        values = {**values, **sample["values"]}
        yield Sample(float(sample["at"]), values)


def _total(sample: Sample, keys: Sequence[str]) -> float:
    return sum(sample.values.get(key, 0.0) for key in keys)


def _grown(before: Sample, after: Sample, keys: Sequence[str]) -> float:
    return sum(_growth(before.values.get(key, 0.0), after.values.get(key, 0.0)) for key in keys)


def _growth(before: float, after: float) -> float:
    return after - before if after >= before else after


def _quantile(counts: Sequence[tuple[float, float]], q: float) -> float | None:
    """`counts` are how many were at most each bound, the bounds in order and the last of them infinite."""
    total = counts[-1][1] if counts else 0.0
    if total <= 0:
        return None
    rank, low, below = q * total, 0.0, 0.0
    for bound, count in counts:
        if count >= rank and count > below:
            return low if isinf(bound) else low + (bound - low) * (rank - below) / (count - below)
        low, below = (low, below) if isinf(bound) else (bound, max(count, below))
    return low


def _bound(text: str) -> float:
    return inf if text == "+Inf" else float(text)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], value)
