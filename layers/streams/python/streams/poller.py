"""The poller: reads a group, invokes a handler, acknowledges what succeeded.

Delivery is at least once, in order for one key (the claim). What failed is delivered again with back-off, and later
entries of its key wait behind it while all others go on. Nothing is acknowledged that the handler did not do.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streams.backlog import Backlog, backoff_s
from streams.entry import Entry
from streams.mapping import EventSourceMapping
from streams.source import GroupSource
from streams.wire import StreamBatch

logger = logging.getLogger(__name__)

BLOCK_MS = 500
BACKLOG_BATCHES_MAX = 20
IDLE_MS_MIN = 16 * 60_000  # longer than a function may run (15 minutes), or two would hold one entry
CHECK_EVERY_S = 5.0

Invoke = Callable[[StreamBatch], Mapping[str, Any] | None]


@dataclass(frozen=True)
class PollReport:
    """One turn: entries handed to the handler, done, failed, and how many of them came not for the first time."""

    attempted: int = 0
    done: int = 0
    failed: int = 0
    redelivered: int = 0


class Poller:
    """One consumer of a mapping. `invoke` runs the handler; `observe` is told of every turn, also an idle one."""

    def __init__(
        self,
        redis: Redis,
        mapping: EventSourceMapping,
        invoke: Invoke,
        *,
        consumer: str,
        observe: Callable[[PollReport], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = GroupSource(redis, mapping.stream, mapping.group, consumer)
        self._mapping = mapping
        self._invoke = invoke
        self._observe = observe
        self._clock = clock
        self._backlog = Backlog()
        self._batch_failures = 0
        self._paused_until = 0.0
        self._checked_at = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Poll until `stop`. A server that is away is waited for; EntriesLostError ends it."""
        failures = 0
        started = False
        while not stop.is_set():
            try:
                if not started:
                    self.start()
                    started = True
                self.poll_once()
                failures = 0
            except (RedisConnectionError, RedisTimeoutError, ResponseError) as error:
                # What was done and not acknowledged comes again; handlers have their effect once.
                started = False
                failures += 1
                facts = {"group": self._mapping.group, "error": str(error)}
                logger.warning("the stream's server does not answer", extra=facts)
                stop.wait(min(backoff_s(failures), 2.0))

    def start(self) -> None:
        """Make sure of the group and take over everything that is pending, so that order holds from the first turn."""
        self._source.ensure_group()
        self._source.check_nothing_lost()
        self._backlog = Backlog()
        self._backlog.restore(self._source.pending(IDLE_MS_MIN))

    def poll_once(self) -> PollReport:
        """One turn: what is due again, else what is new; invoke; settle."""
        self._check_now_and_then()
        due = self._backlog.take_due(self._clock(), self._mapping.batch_size)
        if due:
            report = self._attempt(self._deliver_again(due))
        else:
            report = self._attempt(self._backlog.hold_back(self._read_new()))
        if self._observe:
            self._observe(report)
        return report

    def _deliver_again(self, due: Sequence[Entry]) -> list[Entry]:
        entries = self._source.deliver_again(entry.entry_id for entry in due)
        found = {entry.entry_id for entry in entries}
        # What was deleted meanwhile was told by the source. Kept, it would be due for ever and hold back its key.
        self._backlog.drop([entry for entry in due if entry.entry_id not in found])
        return entries

    def _read_new(self) -> list[Entry]:
        """New entries; none while the backlog is full or a store seems down."""
        if len(self._backlog) >= BACKLOG_BATCHES_MAX * self._mapping.batch_size:
            self._sleep_until_due()
            return []
        pause_s = self._paused_until - self._clock()
        if pause_s > 0:
            time.sleep(min(pause_s, BLOCK_MS / 1000))
            return []
        entries = self._source.read_new(self._mapping.batch_size, self._block_ms())
        return self._fill(entries)

    def _fill(self, entries: list[Entry]) -> list[Entry]:
        """Wait for more within the batching window while the batch is not full."""
        deadline = self._clock() + self._mapping.window_ms / 1000
        while entries and len(entries) < self._mapping.batch_size and (left_s := deadline - self._clock()) > 0:
            entries += self._source.read_new(self._mapping.batch_size - len(entries), int(left_s * 1000))
        return entries

    def _attempt(self, entries: Sequence[Entry]) -> PollReport:
        if not entries:
            return PollReport()
        failed_ids = self._invoke_batch(entries)
        done = self._backlog.settle(entries, failed_ids, self._clock())
        self._source.acknowledge(entry.entry_id for entry in done)
        self._pause_after(all_failed=not done and len({entry.key for entry in entries}) > 1)
        redelivered = sum(entry.delivery_count > 1 for entry in entries)
        return PollReport(len(entries), len(done), len(entries) - len(done), redelivered)

    def _invoke_batch(self, entries: Sequence[Entry]) -> set[str]:
        """The ids that the handler did not do; all of them where its answer cannot be trusted."""
        everything = {entry.entry_id for entry in entries}
        try:
            answer = self._invoke(self._batch(entries))
        except Exception:
            logger.exception("the handler failed", extra={"group": self._mapping.group, "entries": len(entries)})
            return everything
        if not self._mapping.partial_responses or not answer:
            return set()
        return _reported(answer, everything)

    def _batch(self, entries: Sequence[Entry]) -> StreamBatch:
        return {
            "Records": [
                {
                    "eventSource": "redis:streams",
                    "eventID": entry.entry_id,
                    "stream": self._mapping.stream,
                    "group": self._mapping.group,
                    "deliveryCount": entry.delivery_count,
                    "event": entry.event,
                }
                for entry in entries
            ]
        }

    def _pause_after(self, *, all_failed: bool) -> None:
        """Where nothing of several keys could be done, a store is down: new entries would only fail too."""
        self._batch_failures = self._batch_failures + 1 if all_failed else 0
        self._paused_until = self._clock() + min(backoff_s(self._batch_failures), 2.0) if all_failed else 0.0

    def _block_ms(self) -> int:
        next_retry_s = self._backlog.next_retry_s(self._clock())
        return BLOCK_MS if next_retry_s is None else min(BLOCK_MS, int(next_retry_s * 1000))

    def _sleep_until_due(self) -> None:
        time.sleep(self._block_ms() / 1000)

    def _check_now_and_then(self) -> None:
        if self._clock() - self._checked_at >= CHECK_EVERY_S:
            self._source.check_nothing_lost()
            self._checked_at = self._clock()


def _reported(answer: Mapping[str, Any], everything: set[str]) -> set[str]:
    """The failures a handler reports. An identifier that is null, empty or unknown means the whole batch.

    Source: AWS Lambda, "Reporting batch item failures" for stream event sources.
    """
    failures = answer.get("batchItemFailures") or []
    identifiers = [item.get("itemIdentifier") if isinstance(item, Mapping) else None for item in failures]
    if any(identifier not in everything for identifier in identifiers):
        logger.error("the handler reported an entry that it was not given; the whole batch counts as failed")
        return everything
    return {str(identifier) for identifier in identifiers}
