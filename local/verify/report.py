"""A result as a person reads it."""

from collections.abc import Iterator, Mapping, Sequence

from local.recover.wording import counted
from local.verify.findings import STORES, Finding, Result, Store, count_findings

FINDINGS_SHOWN_MAX = 20
RETRYING_SHOWN_MAX = 5
JSON_FINDINGS_MAX = 10_000

_LABEL = 15


def summary(result: Result, findings_max: int = FINDINGS_SHOWN_MAX) -> str:
    """What was looked at, what is in flight, and what is wrong: counts, then the first findings by position."""
    lead, rest = _split(result)
    return "\n".join([_head(result), *_lead(lead), *_aside(result), *_verdict(result, rest, findings_max)])


def line(result: Result) -> str:
    """The same in one line, for one round of many."""
    lead, _ = _split(result)
    counts = [f"{kind} {store} {count}" for (kind, store), count in result.counts().items() if kind != "behind"]
    wrong = f"WRONG {', '.join([*(each.what for each in lead), *counts])}" if result.findings else "clean"
    flight, given_up = _by_store(result.in_flight), _by_store(result.given_up_counts())
    told = {"in flight": flight, "retrying": len(result.retrying), "given up": given_up}
    return "; ".join([f"{_size(result)}: {wrong}", *(f"{name} {value}" for name, value in told.items() if value)])


def _split(result: Result) -> tuple[list[Finding], list[Finding]]:
    """What explains all else, and all else."""
    lead = [finding for finding in result.findings if finding.kind == "behind"]
    return lead, [finding for finding in result.findings if finding.kind != "behind"]


def _head(result: Result) -> str:
    return f"verify: {_size(result)} ({result.events / max(result.seconds, 0.001):,.0f} events/s)"


def _size(result: Result) -> str:
    return f"{counted(result.events, 'event')} of {counted(result.claims, 'claim')} in {result.seconds:.1f} s"


def _lead(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield _line("WRONG", finding.what)


def _aside(result: Result) -> Iterator[str]:
    """What is told and not wrong."""
    if flight := _by_store(result.in_flight):
        yield _line("in flight", flight)
    yield from _retrying(result)
    yield from _given_up(result)
    if result.refused:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(result.refused.items()))
        yield _line("never sent", reasons)
    if result.contexts_waiting:
        waiting = counted(result.contexts_waiting, "claim")
        yield _line("waiting", f"{waiting} for a context that the order and customer systems have not told yet")
    if result.not_judged is not None:
        up_to, claims = result.not_judged.up_to_position, counted(result.not_judged.claims, "claim")
        yield _line("not judged", f"up to position {up_to}, accepted as lost; rows of {claims} from there; counters")


def _retrying(result: Result) -> Iterator[str]:
    for each in result.retrying[:RETRYING_SHOWN_MAX]:
        yield _line("retrying", str(each))
    left = len(result.retrying) - RETRYING_SHOWN_MAX
    if left > 0:
        yield _line("retrying", f"and {left:,} more: --json tells up to {JSON_FINDINGS_MAX:,}")


def _given_up(result: Result) -> Iterator[str]:
    for store, count in result.given_up_counts().items():
        by = sorted({each.discarded_by for each in result.given_up if each.store == store})
        yield _line("given up", f"{store} {count:,} (discarded by {', '.join(by)})")


def _by_store(counts: Mapping[Store, int]) -> str:
    return ", ".join(f"{store} {count:,}" for store, count in counts.items() if count)


def _line(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}"


def _verdict(result: Result, findings: Sequence[Finding], findings_max: int) -> Iterator[str]:
    if result.is_clean:
        but = ", but for what was given up" if result.given_up else ""
        yield _line("clean", f"{', '.join(STORES)} agree{but}")
        return
    for (kind, store), count in count_findings(findings).items():
        yield _line(kind, f"{store} {count:,}")
    for finding in findings[:findings_max]:
        place = f" (position {finding.position})" if finding.position is not None else ""
        yield f"  WRONG  {finding}{place}"
    left = len(findings) - findings_max
    if left > 0:
        yield f"  and {left:,} more: --json tells up to {JSON_FINDINGS_MAX:,}"
