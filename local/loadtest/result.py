"""The numbers of one run, for a person and for a program."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from local.loadtest.scenario import COMMANDS_PER_CLAIM, NOTIFICATIONS_PER_CLAIM
from local.loadtest.tally import Failure

_FAILURES_SHOWN_MAX = 20
_EXACTLY = (
    f"each exactly: {COMMANDS_PER_CLAIM} events archived, {COMMANDS_PER_CLAIM} audit entries, "
    f"closed at version {COMMANDS_PER_CLAIM}, {NOTIFICATIONS_PER_CLAIM} notifications sent"
)


@dataclass(frozen=True)
class Spread:
    """Seconds. None where nothing was measured."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True)
class Result:
    """`seconds` go from the first command to the last acknowledgement, `settled_seconds` from then until every
    subscriber had everything. The delays are measured by the services: `read_model` from the time of a claim's last
    event to `projected_at`, `audit` from each event's time to its entry; `query` is one claim read from the read model.
    """

    run: str
    claims: int
    threads: int
    acknowledged: int
    retries: int
    errors_by_status: dict[str, int]
    seconds: float
    settled_seconds: float
    commands_per_second: float
    claims_per_second: float
    command: Spread
    read_model: Spread
    audit: Spread
    query: Spread
    failures: tuple[Failure, ...]

    @property
    def is_good(self) -> bool:
        """Whether everything was acknowledged, and everything acknowledged is everywhere, once."""
        return not self.failures

    def to_dict(self) -> dict[str, Any]:
        """Plain data; durations end in their unit."""
        numbers = asdict(self)
        for name in ("command", "read_model", "audit", "query"):
            numbers[f"{name}_latency_seconds"] = numbers.pop(name)
        return {"ok": self.is_good, **numbers}


def spread_of(seconds: Sequence[float]) -> Spread:
    """Nearest-rank percentiles."""
    if not seconds:
        return Spread(None, None, None, None)
    ordered = sorted(seconds)
    p50, p95, p99 = (ordered[ceil(len(ordered) * percent / 100) - 1] for percent in (50, 95, 99))
    return Spread(p50, p95, p99, ordered[-1])


def summary(result: Result) -> str:
    """The lines that a person reads."""
    head = f"Load test {result.run}: {result.claims} claims, {result.threads} threads"
    return "\n".join([head, *(f"  {label:<13} {text}" for label, text in _lines(result)), *_verdict(result)])


def _lines(result: Result) -> list[tuple[str, str]]:
    return [
        ("commands", f"{result.acknowledged} acknowledged in {result.seconds:.2f} s"),
        ("throughput", f"{result.claims_per_second:.1f} claims/s, {result.commands_per_second:.1f} commands/s"),
        ("errors", _errors(result)),
        ("command", _milliseconds(result.command)),
        ("read model", f"{_milliseconds(result.read_model)}  (from the event's time)"),
        ("audit", f"{_milliseconds(result.audit)}  (from the event's time)"),
        ("query", f"{_milliseconds(result.query)}  (a claim with its history)"),
        ("settled", f"{result.settled_seconds:.2f} s after the last command"),
    ]


def _errors(result: Result) -> str:
    kinds = ", ".join(f"{kind}: {count}" for kind, count in sorted(result.errors_by_status.items()))
    return f"{kinds or 'none'}; {result.retries} retries"


def _milliseconds(spread: Spread) -> str:
    if spread.p50 is None:
        return "nothing was measured"
    return "  ".join(
        f"{name.upper() if name != 'max' else name} {1000 * seconds:.1f} ms" for name, seconds in asdict(spread).items()
    )


def _verdict(result: Result) -> list[str]:
    if result.is_good:
        return [f"  verified      {result.claims} claims, {_EXACTLY}"]
    shown = [f"  WRONG         {failure}" for failure in result.failures[:_FAILURES_SHOWN_MAX]]
    left = len(result.failures) - len(shown)
    return [*shown, f"  and {left} more"] if left else shown
