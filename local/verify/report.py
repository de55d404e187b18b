"""A result as a person reads it."""

from collections.abc import Iterator

from local.verify.findings import STORES, Result

FINDINGS_SHOWN_MAX = 20
JSON_FINDINGS_MAX = 10_000

_LABEL = 15


def summary(result: Result, findings_max: int = FINDINGS_SHOWN_MAX) -> str:
    """What was looked at, what is in flight, and what is wrong: counts, then the first findings by position."""
    return "\n".join([_head(result), *_aside(result), *_verdict(result, findings_max)])


def line(result: Result) -> str:
    """The same in one line, for one round of many."""
    if result.is_clean:
        wrong = "clean"
    else:
        wrong = "WRONG " + ", ".join(f"{kind} {store} {count}" for (kind, store), count in result.counts().items())
    flight = _in_flight(result)
    return f"{_size(result)}: {wrong}{f'; in flight {flight}' if flight else ''}"


def _head(result: Result) -> str:
    return f"verify: {_size(result)} ({result.events / max(result.seconds, 0.001):,.0f} events/s)"


def _size(result: Result) -> str:
    return f"{result.events:,} events of {result.claims:,} claims in {result.seconds:.1f} s"


def _aside(result: Result) -> Iterator[str]:
    """What is told and not wrong."""
    if flight := _in_flight(result):
        yield f"  {'in flight':<{_LABEL}}{flight}"
    if result.refused:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(result.refused.items()))
        yield f"  {'never sent':<{_LABEL}}{reasons}"


def _in_flight(result: Result) -> str:
    return ", ".join(f"{store} {count}" for store, count in result.in_flight.items() if count)


def _verdict(result: Result, findings_max: int) -> Iterator[str]:
    if result.is_clean:
        yield f"  {'clean':<{_LABEL}}{', '.join(STORES)} agree"
        return
    for (kind, store), count in result.counts().items():
        yield f"  {kind:<{_LABEL}}{store} {count:,}"
    for finding in result.findings[:findings_max]:
        place = f" (position {finding.position})" if finding.position is not None else ""
        yield f"  WRONG  {finding}{place}"
    left = len(result.findings) - findings_max
    if left > 0:
        yield f"  and {left:,} more: --json tells up to {JSON_FINDINGS_MAX:,}"
