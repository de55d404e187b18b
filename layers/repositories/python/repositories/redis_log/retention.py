"""Retention on Redis Streams: see `trim_stream-N.lua` and `cool_claims-N.lua` for what is one step."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from redis import Redis

from envelope import EVENT_TYPES, Envelope, from_json
from envelope.payloads import ReclamationCloturee
from repositories.ports.log_memory import MemoryUse
from repositories.ports.log_retention import Cooled, LogState, Trimmed
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import SINGLE_PARTITION, LogKeys
from repositories.redis_log.memory_pressure import RedisMemory
from repositories.redis_log.retention_groups import checkpoint_key, group_names, read_groups

TRIM_SCRIPT = (Path(__file__).parent / "trim_stream-N.lua").read_text(encoding="utf-8")
COOL_SCRIPT = (Path(__file__).parent / "cool_claims-N.lua").read_text(encoding="utf-8")

STEP_EVENTS_MAX = 10_000  # removed in one step, a few milliseconds in which the server does nothing else


class RedisLogRetention:
    """A `LogRetention` on one Redis or Valkey server."""

    def __init__(self, client: "Redis", keys: LogKeys = SINGLE_PARTITION) -> None:
        self._client: Any = client  # redis-py types every answer as a union over protocols and settings
        self._keys = keys
        self._memory = RedisMemory(client)
        self._trim = client.register_script(TRIM_SCRIPT)
        self._cool = client.register_script(COOL_SCRIPT)

    def memory(self) -> MemoryUse:
        """See LogRetention."""
        return self._memory.read()

    def state(self) -> LogState:
        """See LogRetention."""
        stream = self._keys.all_events
        with translated_errors():
            if not self._client.exists(stream):
                return LogState(None, 0, {})
            info = self._client.xinfo_stream(stream)
            groups = read_groups(self._client, stream, self._keys)
        first = info["first-entry"]
        return LogState(_position(first[0]) if first else None, _position(info["last-generated-id"]), groups)

    def event_at(self, position: int) -> Envelope | None:
        """See LogRetention."""
        place = f"{position}-0"
        events = self._events(self._keys.all_events, place, place)
        return events[0] if events else None

    def trim(self, keep_from: int, required: Collection[str]) -> Trimmed:
        """See LogRetention."""
        removed: Counter[str] = Counter()
        with translated_errors():
            limits = self._limits_of_types(keep_from)
            for bound in self._steps(keep_from):
                held_by = self._trim_stream(self._keys.all_events, bound, required, removed)
                if held_by:
                    return Trimmed(dict(removed), held_by)
                for stream, limit in limits.items():
                    self._trim_stream(stream, min(bound, limit), (), removed)
        return Trimmed(dict(removed))

    def closings(self, count: int) -> Sequence[Envelope]:
        """See LogRetention."""
        with translated_errors():
            cooled = self._cooled_to()
        return self._events(self._closings, f"({cooled}-0", "+", count)

    def events_of(self, aggregate_id: str) -> Sequence[Envelope]:
        """See LogRetention."""
        with translated_errors():
            entries = self._client.xrange(self._keys.claim(aggregate_id))
        return [from_json(fields[b"event"], int(fields[b"position"])) for _, fields in entries]

    def cool(self, closings: Sequence[Envelope], contexts: Sequence[Envelope] = ()) -> Cooled:
        """See LogRetention."""
        if not closings:
            return Cooled(0, 0)
        last_events = [*closings, *contexts]
        names = [self._note, *(self._keys.claim(event.aggregate_id) for event in last_events)]
        with translated_errors():
            removed = self._cool(names, [str(closings[-1].position), *(event.version for event in last_events)])
        entries = [max(count, 0) for count in removed]
        return Cooled(sum(count > 0 for count in entries[: len(closings)]), sum(entries))

    @property
    def _closings(self) -> str:
        return self._keys.of_type(ReclamationCloturee.__name__)

    @property
    def _note(self) -> str:
        """The position of the last closing that is done with."""
        return f"{self._keys.prefix}events:cooled"

    def _cooled_to(self) -> int:
        return int(self._client.get(self._note) or 0)

    def _limits_of_types(self, keep_from: int) -> Mapping[str, int]:
        """From where each type's stream is to be kept: `keep_from`, or before it because of readers of its own."""
        limits: dict[str, int] = {}
        for stream in (self._keys.of_type(name) for name in EVENT_TYPES):
            if self._client.exists(stream):
                groups = read_groups(self._client, stream, self._keys).values()
                bounds = [bound for group in groups for bound in (group.done_to, group.checkpoint) if bound is not None]
                limits[stream] = min([keep_from, *bounds])
        if self._closings in limits:
            limits[self._closings] = min(limits[self._closings], self._cooled_to() + 1)
        return limits

    def _steps(self, keep_from: int) -> Iterator[int]:
        """Growing bounds up to `keep_from`, so that no step removes more than STEP_EVENTS_MAX of all events."""
        oldest = self._client.xrange(self._keys.all_events, count=1)
        first = _position(oldest[0][0]) if oldest else keep_from
        yield from range(first + STEP_EVENTS_MAX, keep_from, STEP_EVENTS_MAX)
        yield keep_from

    def _trim_stream(self, stream: str, keep_from: int, required: Collection[str], removed: Counter[str]) -> str | None:
        """Count what was removed; return what held it, or None."""
        names = [*required, *(name for name in group_names(self._client, stream) if name not in required)]
        checkpoints = [checkpoint_key(name, self._keys) for name in names]
        outcome, told = self._trim([stream, *checkpoints], [keep_from, len(required), *names])
        if outcome == b"held":
            return str(told.decode())
        removed[stream] += told
        return None

    def _events(self, stream: str, start: str, end: str, count: int | None = None) -> list[Envelope]:
        with translated_errors():
            entries = self._client.xrange(stream, start, end, count)
        return [from_json(fields[b"event"], _position(entry_id)) for entry_id, fields in entries]


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])
