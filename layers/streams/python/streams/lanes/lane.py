"""One lane: which entries are handed over next, and what follows from the outcome. Pure: no input or output.

A lane makes one attempt after the other. Entries of one key are handed over in order; a key that failed waits, with
all that comes after it, while the lane's other keys go on. What fails for good is parked, and its key with it.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import chain, count

from streams.clock import Clock
from streams.entry import Entry
from streams.invoking.outcome import Failure, Outcome
from streams.lanes.attempt import BEHIND, EXHAUSTED, EXPIRED, Attempt, Parking, backoff_s
from streams.lanes.selection import take_batch
from streams.mapping import EventSourceMapping

# Failing so often in a row with "not now" and nothing else to try, a batch is split: one record may be all that fails.
TRANSIENT_TRIES_BEFORE_SPLIT = 3


class Lane:
    """`next_attempt` and `settle` are called in turn; `offer` may be called between them at any time."""

    def __init__(self, mapping: EventSourceMapping, clock: Clock) -> None:
        self._mapping = mapping
        self._clock = clock
        self._fresh: deque[Entry] = deque()
        self._fresh_since_s = 0.0
        self._parts: list[Attempt] = []  # what a split left, the next one last; none is put off
        self._waiting: dict[str, Attempt] = {}  # by key
        self._due: list[tuple[float, int, Attempt]] = []  # a heap of those that wait, and of some that did
        self._numbers = count()
        self._behind: dict[str, list[Entry]] = {}
        self._parked_keys: set[str] = set()
        self._parkings: list[Parking] = []
        self._successes = 0
        self._outage_tries = 0
        self._retried_last = False
        self._paused_until_s = float("-inf")

    def __len__(self) -> int:
        """How many entries it holds, but for those being handed over for the first time."""
        held = len(self._fresh) + sum(len(part.entries) for part in self._parts)
        held += sum(len(attempt.entries) for attempt in self._waiting_attempts())
        return held + sum(map(len, self._behind.values()))

    @property
    def fresh(self) -> int:
        """How many entries were not tried yet, and have nothing of their key to wait for."""
        return len(self._fresh)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Take entries that the group delivered, in the stream's order."""
        for entry in entries:
            if entry.key in self._parked_keys:
                self._park_behind(entry)
            elif entry.key in self._waiting:
                self._queue_behind(entry)
            else:
                if not self._fresh:
                    self._fresh_since_s = self._clock.monotonic_s()
                self._fresh.append(entry)

    def hold_parked(self, keys: Iterable[str]) -> None:
        """These keys are parked: what comes of them is parked behind."""
        self._parked_keys.update(keys)

    def release(self, key: str, entries: Iterable[Entry] = ()) -> None:
        """Nothing of the key is parked any more; `entries` were to be parked behind it and may go on."""
        self._parked_keys.discard(key)
        # While they were on their way to be parked, later ones may have come: those go on behind them.
        later = [parking for parking in self._parkings if parking.reason == BEHIND and parking.entry.key == key]
        if later:
            self._parkings = [parking for parking in self._parkings if parking not in later]
        if released := [*entries, *(parking.entry for parking in later)]:
            self._fresh = deque(sorted([*released, *self._fresh], key=lambda entry: entry.order))

    def take_parkings(self) -> list[Parking]:
        """What is to be parked now, in order. Each is told once."""
        parkings, self._parkings = self._parkings, []
        return parkings

    def next_attempt(self) -> Attempt | None:
        """The entries to hand over now; None where nothing is due."""
        now_s = self._clock.monotonic_s()
        if now_s < self._paused_until_s:
            return None
        if part := self._next_part():
            return part
        retry = self._next_retry(now_s)
        if self._mapping.tumbling_window_s and self._waiting:
            return self._take_retry(retry)  # a window's state is handed from batch to batch: none may overtake another
        # In an outage a new batch goes first: were it one bad record and no outage, the new batch would show it.
        # Else they take turns, or many that fail would starve those that do not.
        fresh = self._next_fresh(now_s) if not retry or self._outage_tries or self._retried_last else None
        self._retried_last = fresh is None
        return fresh or self._take_retry(retry)

    def settle(self, attempt: Attempt, outcome: Outcome) -> list[Entry]:
        """Take note of what came of it; return the entries that are done."""
        if self._waiting:
            self._unblock(attempt)
        done, rest = attempt.entries[: outcome.done], attempt.entries[outcome.done :]
        if done:
            self._succeeded()
        if outcome.failure is None:
            return done
        if outcome.culprit_known:
            # The rest was held up by the culprit alone: it goes on at once, without what must stay behind it.
            self._parts.append(attempt.part(rest[1:]))
            rest = rest[:1]
        self._failed(attempt.part(rest), outcome.failure)
        return done

    def drop(self, gone: Iterable[Entry]) -> None:
        """Forget entries whose content was deleted; what waits behind them may come next."""
        ids = {entry.entry_id for entry in gone}
        for attempt in self._waiting_attempts():
            kept = [entry for entry in attempt.entries if entry.entry_id not in ids]
            if len(kept) < len(attempt.entries):
                self._unblock(attempt)
                attempt.entries = kept
                self._block(attempt)

    def next_due_s(self) -> float | None:
        """Seconds until an attempt is due, 0 where one is; None where nothing is held."""
        now_s = self._clock.monotonic_s()
        if not self._fresh and not self._parts and not self._waiting:
            return None
        if self._parts:
            return max(self._paused_until_s - now_s, 0.0)
        waiting = self._first_waiting()
        times = [waiting.due_s] if waiting else []
        if self._fresh and not (times and self._mapping.tumbling_window_s):
            full = len(self._fresh) >= self._mapping.batch_size
            times.append(float("-inf") if full else self._fresh_since_s + self._mapping.window_ms / 1000)
        return max(min(times) - now_s, self._paused_until_s - now_s, 0.0)

    def _next_part(self) -> Attempt | None:
        while self._parts:
            part = self._parts.pop()
            entries = part.entries
            part.entries = []
            for entry in entries:
                if entry.key in self._parked_keys:
                    self._park_behind(entry)
                elif entry.key in self._waiting:
                    self._queue_behind(entry)
                else:
                    part.entries.append(entry)
            if part.entries:
                return part
        return None

    def _next_retry(self, now_s: float) -> Attempt | None:
        while retry := self._due_retry(now_s):
            if self._mapping.age_is_default or not self._aged(retry):
                return retry
            assert retry.failure is not None
            self._unblock(retry)
            if left := self._without_aged(retry, retry.failure):
                self._block(left)
        return None

    def _take_retry(self, retry: Attempt | None) -> Attempt | None:
        """It is handed over now: should it fail, others that are due come first."""
        if retry is not None:
            heappop(self._due)
        return retry

    def _due_retry(self, now_s: float) -> Attempt | None:
        first = self._first_waiting()
        return first if first and first.due_s <= now_s else None

    def _first_waiting(self) -> Attempt | None:
        """The one that is due first; what waits no more, or is due at another time by now, is forgotten here."""
        while self._due:
            due_s, _, attempt = self._due[0]
            if due_s == attempt.due_s and self._is_waiting(attempt):
                return attempt
            heappop(self._due)
        return None

    def _is_waiting(self, attempt: Attempt) -> bool:
        return bool(attempt.entries) and self._waiting.get(attempt.entries[0].key) is attempt

    def _next_fresh(self, now_s: float) -> Attempt | None:
        self._park_expired()
        if not self._fresh:
            return None
        batch = take_batch(self._fresh, self._mapping)
        is_due = now_s >= self._fresh_since_s + self._mapping.window_ms / 1000
        if not is_due and not batch.is_full:
            return None
        for _ in batch.entries:
            self._fresh.popleft()
        if self._fresh:
            self._fresh_since_s = now_s
        return Attempt(batch.entries)

    def _park_expired(self) -> None:
        """Where the template gives an age, what is older is not even tried, as on Lambda."""
        if self._mapping.age_is_default or self._mapping.age_s_max is None:
            return
        fresh, self._fresh = self._fresh, deque()
        wanted: dict[str, list[Entry]] = {}
        for entry in fresh:
            if entry.key in self._parked_keys:
                self._park_behind(entry)
            elif entry.key not in wanted and self._is_expired(entry):  # else it waits for an earlier one of its key
                self._park(Attempt([entry]), EXPIRED, Failure(EXPIRED, "it was too old before it was tried"))
            else:
                wanted.setdefault(entry.key, []).append(entry)
        self._fresh = deque(sorted(chain.from_iterable(wanted.values()), key=lambda entry: entry.order))

    def _is_expired(self, entry: Entry) -> bool:
        limit_s, happened_ms = self._mapping.age_s_max, entry.timestamp_ms
        return limit_s is not None and happened_ms is not None and self._clock.now_ms() - happened_ms > limit_s * 1000

    def _failed(self, attempt: Attempt, failure: Failure) -> None:
        attempt.tries += 1
        attempt.probes += 1
        attempt.failure = failure
        if attempt.first_failed_ms is None:
            attempt.first_failed_ms, attempt.successes_seen = self._clock.now_ms(), self._successes
        # A record that the function was not given cannot be a bad one: throttling never counts.
        if failure.throttled or (failure.transient and attempt.successes_seen == self._successes):
            self._wait_for_recovery(attempt, failure)
            return
        attempt.successes_seen = self._successes  # the next "not now" counts only if something works again before
        if len(attempt.entries) > 1 and self._mapping.bisect:
            self._bisect(attempt)
        else:
            self._count_failure(attempt, failure)

    def _wait_for_recovery(self, attempt: Attempt, failure: Failure) -> None:
        """Nothing has worked since: whatever the function needs is away, and no retry is counted."""
        self._outage_tries += 1
        self._paused_until_s = self._clock.monotonic_s() + backoff_s(self._outage_tries)
        if left := self._without_aged(attempt, failure):
            for part in self._split_by_key(left):
                self._block(part)

    def _split_by_key(self, attempt: Attempt) -> list[Attempt]:
        keys = sorted(attempt.keys)
        if attempt.probes < TRANSIENT_TRIES_BEFORE_SPLIT or len(keys) == 1:
            return [attempt]
        attempt.probes = 0
        first = set(keys[: len(keys) // 2])
        return [
            attempt.part(entry for entry in attempt.entries if entry.key in first),
            attempt.part(entry for entry in attempt.entries if entry.key not in first),
        ]

    def _bisect(self, attempt: Attempt) -> None:
        middle = len(attempt.entries) // 2
        self._parts.append(attempt.part(attempt.entries[middle:]))
        self._parts.append(attempt.part(attempt.entries[:middle]))

    def _count_failure(self, attempt: Attempt, failure: Failure) -> None:
        attempt.failures += 1
        limit = self._mapping.retries_max
        if limit is not None and attempt.failures > limit:
            self._park(attempt, EXHAUSTED, failure)
        elif left := self._without_aged(attempt, failure):
            left.due_s = self._clock.monotonic_s() + backoff_s(left.failures)
            self._block(left)

    def _without_aged(self, attempt: Attempt, failure: Failure) -> Attempt | None:
        """Park what of it is too old, its keys with it, and return what is left. It must not be waiting."""
        aged = self._aged(attempt)
        if not aged:
            return attempt
        keys = {entry.key for entry in aged}
        for entry in attempt.entries:
            if entry.key in keys and entry not in aged:
                self._queue_behind(entry)
        self._park(attempt.part(aged), EXPIRED, failure)
        left = [entry for entry in attempt.entries if entry.key not in keys]
        return attempt.part(left) if left else None

    def _aged(self, attempt: Attempt) -> list[Entry]:
        """By the age that the template gives an entry, or else by the time for which we have tried."""
        if not self._mapping.age_is_default:
            first_of_key = {entry.key: entry for entry in reversed(attempt.entries)}
            return [entry for entry in attempt.entries if first_of_key[entry.key] is entry and self._is_expired(entry)]
        if self._mapping.age_s_max is None or attempt.first_failed_ms is None:
            return []
        tried_ms = self._clock.now_ms() - attempt.first_failed_ms
        return attempt.entries if tried_ms > self._mapping.age_s_max * 1000 else []

    def _succeeded(self) -> None:
        self._successes += 1
        if not self._outage_tries:
            return
        self._outage_tries = 0
        self._paused_until_s = float("-inf")
        for attempt in self._waiting_attempts():
            if attempt.failure and attempt.failure.transient:
                attempt.due_s = float("-inf")
                heappush(self._due, (attempt.due_s, next(self._numbers), attempt))

    def _park(self, attempt: Attempt, reason: str, failure: Failure) -> None:
        """Park the entries and everything of their keys that we hold."""
        self._parkings += [Parking(entry, reason, failure, attempt.tries) for entry in attempt.entries]
        keys = attempt.keys
        self._parked_keys |= keys
        held = [*self._take_parts(keys), *self._take_behind(keys), *self._take_fresh(keys)]
        for entry in sorted(held, key=lambda entry: entry.order):
            self._park_behind(entry)

    def _park_behind(self, entry: Entry) -> None:
        why = Failure(BEHIND, "an earlier entry of its key is parked")
        self._parkings.append(Parking(entry, BEHIND, why, 0))

    def _block(self, attempt: Attempt) -> None:
        """Keep the attempt waiting, and what we have of its keys behind it."""
        keys = attempt.keys
        self._waiting.update(dict.fromkeys(keys, attempt))
        heappush(self._due, (attempt.due_s, next(self._numbers), attempt))
        for entry in self._take_fresh(keys):
            self._queue_behind(entry)

    def _unblock(self, attempt: Attempt) -> None:
        """The attempt waits no more; what was behind it goes in front of what came later."""
        keys = {key for key in attempt.keys if self._waiting.get(key) is attempt}
        for key in keys:
            del self._waiting[key]
        if released := self._take_behind(keys):
            self._fresh = deque(sorted([*released, *self._fresh], key=lambda entry: entry.order))

    def _queue_behind(self, entry: Entry) -> None:
        queue = self._behind.setdefault(entry.key, [])
        if queue and queue[-1].order > entry.order:
            insort(queue, entry, key=lambda each: each.order)
        else:
            queue.append(entry)

    def _take_behind(self, keys: Iterable[str]) -> list[Entry]:
        return sorted((entry for key in keys for entry in self._behind.pop(key, [])), key=lambda entry: entry.order)

    def _take_fresh(self, keys: set[str]) -> list[Entry]:
        taken = [entry for entry in self._fresh if entry.key in keys]
        if taken:
            self._fresh = deque(entry for entry in self._fresh if entry.key not in keys)
        return taken

    def _take_parts(self, keys: set[str]) -> list[Entry]:
        taken = [entry for part in self._parts for entry in part.entries if entry.key in keys]
        if taken:
            for part in self._parts:
                part.entries = [entry for entry in part.entries if entry.key not in keys]
        return taken

    def _waiting_attempts(self) -> list[Attempt]:
        return list({id(attempt): attempt for attempt in self._waiting.values()}.values())
