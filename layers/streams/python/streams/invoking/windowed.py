"""Invocations within tumbling windows: the state handed on, the window closed when its time is over."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis import Redis

from streams.clock import Clock
from streams.entry import Entry
from streams.group.keys import GroupKeys
from streams.invoking.invocation import Invoke, run, to_records
from streams.invoking.outcome import Failure, Outcome
from streams.invoking.tumbling import OpenWindow, window_start_ms
from streams.lanes.attempt import backoff_s
from streams.mapping import EventSourceMapping

logger = logging.getLogger(__name__)


class WindowedInvocation:
    """An `Invocation` for a mapping with `TumblingWindowInSeconds`, which has one lane."""

    def __init__(self, redis: Redis, mapping: EventSourceMapping, invoke: Invoke, clock: Clock) -> None:
        self._redis: Any = redis  # redis-py types every answer as a union over protocols and settings; ours are bytes
        self._mapping = mapping
        self._invoke = invoke
        self._clock = clock
        self._key = GroupKeys(mapping.stream, mapping.group).window
        self._open = self._kept()
        self._next: OpenWindow | None = None  # the open one, once its batch is acknowledged
        self._close_failures = 0
        self._close_due_s = float("-inf")

    def invoke(self, entries: Sequence[Entry]) -> Outcome:
        """See Invocation. Where the window before cannot be closed, the batch comes again and no retry is counted."""
        start_ms = window_start_ms(entries[0], self._mapping.tumbling_window_s)
        if self._open and start_ms > self._open.start_ms and (failure := self._close()):
            return Outcome(0, replace(failure, transient=True))
        window = self._open or OpenWindow(start_ms, self._mapping.tumbling_window_s)
        batch = window.batch(to_records(entries, self._mapping))
        outcome, answer = run(self._mapping, self._invoke, batch, entries)
        try:
            self._next = window.after(answer) if outcome.done or not outcome.failure else window
        except ValueError as error:
            return Outcome(0, Failure("InvalidAnswer", str(error)))
        return outcome

    def acknowledge(self, entry_ids: Sequence[str]) -> None:
        """Acknowledge and keep the state, as one step: a batch that comes again finds the state from before it."""
        self._store(self._next, entry_ids)
        if self._open and self._open.is_too_large:
            self._close()

    def close_if_over(self) -> None:
        """Close the window where its time is over. Called while there is nothing to hand over."""
        if self._open and self._clock.now_ms() >= self._open.end_ms:
            self._close()

    def _close(self) -> Failure | None:
        """The last invocation of the open window, without records. Returns why it failed."""
        if self._clock.monotonic_s() < self._close_due_s:
            return Failure("WindowNotClosed", "the window before could not be closed yet")
        assert self._open is not None
        outcome, _ = run(self._mapping, self._invoke, self._open.batch([], final=True), [])
        if outcome.failure and not self._gives_up(outcome.failure):
            return outcome.failure
        self._close_failures, self._close_due_s = 0, float("-inf")
        self._store(None, [])
        return None

    def _gives_up(self, failure: Failure) -> bool:
        """As on Lambda, a window whose last invocation fails for good is over; here its state is at least told."""
        self._close_failures += 1
        self._close_due_s = self._clock.monotonic_s() + backoff_s(self._close_failures)
        limit = self._mapping.retries_max
        if limit is None or self._close_failures <= limit:
            return False
        assert self._open is not None
        facts = {"group": self._mapping.group, **self._open.to_fields(), "error": failure.message}
        logger.error("a window could not be closed; its state is given up", extra=facts)
        return True

    def _kept(self) -> OpenWindow | None:
        return OpenWindow.from_fields(self._redis.hgetall(self._key))

    def _store(self, window: OpenWindow | None, entry_ids: Sequence[str]) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        if entry_ids:
            pipeline.xack(self._mapping.stream, self._mapping.group, *entry_ids)
        if window is None:
            pipeline.delete(self._key)
        else:
            pipeline.hset(self._key, mapping=window.to_fields())
        pipeline.execute()
        self._open = self._next = window
