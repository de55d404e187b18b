"""The log against itself: the counter, the types' streams and the claims' streams equal `events:all`.

Read window by window of positions. What was trimmed from the beginning of a stream is not missing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from redis import Redis

from envelope import EVENT_TYPES, Envelope, from_json
from envelope.errors import UnreadableError
from local.verify.findings import Finding, Kind
from repositories.redis_log.keys import SINGLE_PARTITION

KEYS = SINGLE_PARTITION

Entry = tuple[bytes, dict[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class LogBounds:
    """Where the log begins (`end` + 1 where nothing is left of it) and ends, and what its counter says."""

    first: int
    end: int
    counter: int

    def findings(self) -> Iterator[Finding]:
        """The counter is the last position: the next append relies on it."""
        if self.counter != self.end:
            what = f"the counter is at position {self.counter}, the stream of all events ends at {self.end}"
            yield Finding("different", "log", what)


@dataclass(frozen=True, slots=True)
class LogWindow:
    """The events of a window by position, with their JSON as it stands in `events:all`, and what is wrong there."""

    events: Mapping[int, Envelope]
    findings: Sequence[Finding]


def read_bounds(redis: "Redis") -> LogBounds:
    """The bounds, read as one step: one after the other they would differ under load."""
    pipeline = redis.pipeline(transaction=True)
    pipeline.get(KEYS.position)
    pipeline.xrange(KEYS.all_events, count=1)
    pipeline.exists(KEYS.all_events)
    pipeline.xinfo_stream(KEYS.all_events)
    counter, oldest, exists, about = pipeline.execute(raise_on_error=False)
    for answer in (counter, oldest, exists):
        if isinstance(answer, Exception):
            raise answer
    end = number_of(about["last-generated-id"]) if exists else 0
    return LogBounds(number_of(oldest[0][0]) if oldest else end + 1, end, int(counter or 0))


def read_window(redis: "Redis", low: int, high: int) -> LogWindow:
    """Positions `low` to `high`, both included and both not trimmed when this began."""
    findings: list[Finding] = []
    raws = _read(redis, KEYS.all_events, low, high, findings)
    if len(raws) < high - low + 1:
        kept_from = _kept_from(redis, KEYS.all_events)  # it may have been trimmed since
        lost = [position for position in range(max(low, kept_from), high + 1) if position not in raws]
        findings += [_finding("missing", "the stream of all events lacks it", position) for position in lost]
    events = dict(_parse(raws, findings))
    _compare_types(redis, events, raws, (low, high), findings)
    findings += _compare_claims(redis, events, raws)
    return LogWindow(events, findings)


def read_events(redis: "Redis", positions: Collection[int]) -> dict[int, Envelope]:
    """The events at these positions, without those that are trimmed or that nobody can read."""
    pipeline = redis.pipeline(transaction=False)
    for position in positions:
        pipeline.xrange(KEYS.all_events, min=f"{position}-0", max=f"{position}-0")
    answers = cast("list[list[Entry]]", pipeline.execute())
    raws = {number_of(entry_id): fields.get(b"event", b"") for found in answers for entry_id, fields in found}
    return dict(_parse(raws, []))


def number_of(entry_id: bytes | str) -> int:
    """The position (or the version) in an entry's id."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    return int(text.split("-")[0])


def _read(redis: "Redis", key: str, low: int, high: int, findings: list[Finding]) -> dict[int, bytes]:
    """The JSON of a stream's entries by the number in their ids; each number stands once."""
    raws: dict[int, bytes] = {}
    for entry_id, fields in cast("list[Entry]", redis.xrange(key, min=str(low), max=str(high))):
        if entry_id.endswith(b"-0"):
            raws[number_of(entry_id)] = fields.get(b"event", b"")
        else:
            what = f"{key} has {entry_id.decode()}, which no append gives"
            findings.append(_finding("unexpected", what, number_of(entry_id)))
    return raws


def _parse(raws: Mapping[int, bytes], findings: list[Finding]) -> Iterator[tuple[int, Envelope]]:
    for position, raw in raws.items():
        try:
            yield position, from_json(raw, position)
        except UnreadableError:
            findings.append(_finding("different", "what stands there is not an event", position))


def _compare_types(
    redis: "Redis",
    events: Mapping[int, Envelope],
    raws: Mapping[int, bytes],
    bounds: tuple[int, int],
    findings: list[Finding],
) -> None:
    """Each type's stream has its events at the same positions, and no other one."""
    by_type: dict[str, list[int]] = {name: [] for name in EVENT_TYPES}
    for position, event in events.items():
        by_type.setdefault(event.event_type, []).append(position)
    for event_type, positions in by_type.items():
        key = KEYS.of_type(event_type)
        typed = _read(redis, key, *bounds, findings)
        findings += _lost(redis, key, [(at, at) for at in positions if at not in typed])
        for position in typed:
            # One that the stream of all events lacks is told of as that stream's loss.
            if position in raws and typed[position] != raws[position]:
                what = f"{key} has another event there than the stream of all events"
                findings.append(_finding("different", what, position))
            elif position in events and events[position].event_type != event_type:
                what = f"{key} has the event there, too, which is of another type"
                findings.append(_finding("unexpected", what, position))


def _compare_claims(redis: "Redis", events: Mapping[int, Envelope], raws: Mapping[int, bytes]) -> Iterator[Finding]:
    """Each claim's stream has the window's events as the versions that they are."""
    claims: dict[str, dict[int, int]] = defaultdict(dict)
    for position, event in events.items():
        claims[event.aggregate_id][event.version] = position
    pipeline = redis.pipeline(transaction=False)
    for claim_id, versions in claims.items():
        pipeline.xrange(KEYS.claim(claim_id), min=f"{min(versions)}-0", max=f"{max(versions)}-0")
    for (claim_id, versions), entries in zip(claims.items(), pipeline.execute(), strict=True):
        own = {number_of(entry_id): fields for entry_id, fields in cast("list[Entry]", entries)}
        lost = [(version, at) for version, at in versions.items() if version not in own]
        yield from _lost(redis, KEYS.claim(claim_id), lost, claim_id)
        for version, at in versions.items():
            if version in own and _told(own[version]) != (raws[at], str(at).encode()):
                what = f"its stream has version {version} otherwise than the stream of all events"
                yield _finding("different", what, at, claim_id)


def _told(fields: Mapping[bytes, bytes]) -> tuple[bytes | None, bytes | None]:
    return fields.get(b"event"), fields.get(b"position")


def _lost(
    redis: "Redis", key: str, places: Sequence[tuple[int, int]], claim_id: str | None = None
) -> Iterator[Finding]:
    """`places` are numbers that a stream lacks, each with its position; those that were not trimmed are missing."""
    if places:
        kept_from = _kept_from(redis, key)
        for number, position in places:
            if number >= kept_from:
                yield _finding("missing", f"{key} lacks {number}-0", position, claim_id)


def _kept_from(redis: "Redis", key: str) -> int:
    """From which number on a stream must be whole: what is older was trimmed.

    A stream that was trimmed to nothing still knows its last id; one that is not there at all has lost everything.
    """
    oldest = cast("list[Entry]", redis.xrange(key, count=1))
    if oldest:
        return number_of(oldest[0][0])
    return number_of(redis.xinfo_stream(key)["last-generated-id"]) + 1 if redis.exists(key) else 0


def _finding(kind: Kind, what: str, position: int, claim_id: str | None = None) -> Finding:
    return Finding(kind, "log", what, claim_id, position)
