"""What a person sees of the parked entries of a group, and may do about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from redis import Redis

from streams.clock import Clock, SystemClock
from streams.entry import to_entry
from streams.errors import ParkedNotFoundError
from streams.group.keys import GroupKeys
from streams.group.scripts import register
from streams.json_text import dumps, loads
from streams.parking.place import original_fields

PAGE = 500


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An entry that was set aside.

    reason      RetryAttemptsExhausted, RecordAgeExceeded, or BehindParkedEvent: an earlier one of its key is parked
    attempts    how often the function was invoked with it
    event       as the function is given it
    last_retry  the last retry by hand that failed, `{failed_at_ms, error_type, error, trace}`, or None
    """

    parked_id: str
    group: str
    stream: str
    source_id: str
    key: str
    reason: str
    error_type: str
    error: str
    trace: str
    attempts: int
    parked_at_ms: int
    event: dict[str, Any]
    last_retry: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RetryState:
    """A retry that was asked for: still to be done, or failed at `parked_id`. What succeeded is not there any more."""

    state: Literal["requested", "failed"]
    parked_id: str | None = None
    error_type: str | None = None
    error: str | None = None


class ParkedEvents:
    """The parked entries of one group of one stream. Raises redis.exceptions.RedisError."""

    def __init__(self, redis: Redis, stream: str, group: str, clock: Clock | None = None) -> None:
        self._redis: Any = redis  # redis-py types every answer as a union over protocols and settings; ours are bytes
        self._group = group
        self._keys = GroupKeys(stream, group)
        self._clock = clock or SystemClock()
        self._discard = register(redis, "discard_parked-5")

    def count(self) -> int:
        """How many are parked."""
        return int(self._redis.xlen(self._keys.parked))

    def keys(self) -> dict[str, int]:
        """Ordering key → how many of its entries are parked."""
        return {key.decode(): int(count) for key, count in self._redis.hgetall(self._keys.parked_keys).items()}

    def entries(self, key: str | None = None, after: str | None = None, limit: int = 100) -> list[ParkedEvent]:
        """In the order in which they were parked; of one key, and after one parked id, where these are given."""
        found: list[ParkedEvent] = []
        start = f"({after}" if after else "-"
        while len(found) < limit and (page := self._redis.xrange(self._keys.parked, start, "+", count=PAGE)):
            chosen = [item for item in page if key is None or item[1][b"key"].decode() == key]
            found += self._to_events(chosen[: limit - len(found)])
            start = f"({page[-1][0].decode()}"
        return found

    def get(self, entry_id: str) -> ParkedEvent:
        """One of them, by its id among the parked or in its stream. Raises ParkedNotFoundError."""
        found = self._at(entry_id)
        if not found and (parked_id := self._redis.hget(self._keys.parked_ids, entry_id)):
            found = self._at(parked_id.decode())
        if not found:
            raise ParkedNotFoundError(f"nothing is parked under {entry_id} for {self._group}")
        return self._to_events(found)[0]

    def request_retry(self, keys: Iterable[str] | None, requested_by: str) -> list[str]:
        """Ask the group's poller to hand the parked entries of these keys (None: all) over again, in order.

        Returns the keys that have something parked; the poller takes the request within a second or so.
        """
        parked = self.keys()
        chosen = sorted(parked if keys is None else set(keys) & parked.keys())
        request = dumps({"state": "requested", "requested_by": requested_by, "requested_at_ms": self._clock.now_ms()})
        if chosen:
            self._redis.hset(self._keys.retry, mapping=dict.fromkeys(chosen, request))
        return chosen

    def retry_state(self) -> dict[str, RetryState]:
        """The retries asked for that have not succeeded, by key."""
        return {key.decode(): _state(loads(text)) for key, text in self._redis.hgetall(self._keys.retry).items()}

    def forget_retries(self, keys: Iterable[str]) -> None:
        """Withdraw these requests, or take note of their failure."""
        if names := list(keys):
            self._redis.hdel(self._keys.retry, *names)

    def discard(self, entry_id: str, reason: str, discarded_by: str) -> ParkedEvent:
        """Give one up: it goes to the discarded stream with who did that and why. Raises ParkedNotFoundError."""
        event = self.get(entry_id)
        names = [self._keys.parked, self._keys.parked_keys, self._keys.parked_ids, self._keys.retried]
        arguments = [event.parked_id, event.key, reason, discarded_by, self._clock.now_ms()]
        if not self._discard(keys=[*names, self._keys.discarded], args=arguments):
            raise ParkedNotFoundError(f"nothing is parked under {entry_id} for {self._group} any more")
        failed = self.retry_state().get(event.key)
        if failed is not None and failed.parked_id == event.parked_id:
            self.forget_retries([event.key])  # what it tells of is gone
        return event

    def _at(self, parked_id: str) -> Any:
        first, dash, second = parked_id.partition("-")
        is_id = dash and first.isdigit() and second.isdigit()
        return self._redis.xrange(self._keys.parked, parked_id, parked_id) if is_id else []

    def _to_events(self, items: Any) -> list[ParkedEvent]:
        if not items:
            return []
        retries = self._redis.hmget(self._keys.retried, [parked_id for parked_id, _ in items])
        return [
            self._to_event(parked_id.decode(), fields, loads(retry) if retry else None)
            for (parked_id, fields), retry in zip(items, retries, strict=True)
        ]

    def _to_event(self, parked_id: str, fields: dict[bytes, bytes], last_retry: dict[str, Any] | None) -> ParkedEvent:
        def text(name: bytes) -> str:
            return fields[name].decode(errors="replace")

        return ParkedEvent(
            parked_id=parked_id,
            group=self._group,
            stream=text(b"stream"),
            source_id=text(b"source_id"),
            key=text(b"key"),
            reason=text(b"reason"),
            error_type=text(b"error_type"),
            error=text(b"error"),
            trace=text(b"trace"),
            attempts=int(fields[b"attempts"]),
            parked_at_ms=int(fields[b"parked_at_ms"]),
            event=to_entry(fields[b"source_id"], original_fields(fields), 1).event,
            last_retry=last_retry,
        )


def _state(request: dict[str, Any]) -> RetryState:
    return RetryState(request["state"], request.get("parked_id"), request.get("error_type"), request.get("error"))
