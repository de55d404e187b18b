"""Whatever happens to a lane: order within a key, nothing lost, nothing twice in hand."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.clock import ManualClock
from streams.entry import Entry
from streams.invoking.outcome import Failure, Outcome
from streams.lanes.attempt import Attempt
from streams.lanes.lane import Lane
from streams.mapping import EventSourceMapping

KEYS = "abc"
FAILURES = {
    "failed": Failure("ValueError", "poisoned"),
    "not now": Failure("NotNowError", "away", transient=True),
    "throttled": Failure("TooManyRequestsException", "429", transient=True, throttled=True),
}


class LaneMachine(RuleBasedStateMachine):
    """Plays the runner: offers, takes, settles, parks, releases, drops, lets time pass."""

    def __init__(self) -> None:
        super().__init__()
        random.seed(0)  # back-off has jitter
        self.clock = ManualClock()
        self.offered: list[Entry] = []
        self.ended: dict[str, str] = {}  # id → done, parked or dropped
        self.by_key: dict[str, list[int]] = {key: [] for key in KEYS}  # in the order in which they ended
        self.parked_keys: set[str] = set()
        self.in_hand: Attempt | None = None

    @initialize(
        batch_size=st.integers(1, 4),
        retries_max=st.sampled_from([0, 1, 2, None]),
        bisect=st.booleans(),
        window_ms=st.sampled_from([0, 1000]),
        age_s_max=st.sampled_from([None, None, 60]),
        tumbling_window_s=st.sampled_from([0, 0, 0, 30]),
    )
    def configure(
        self,
        batch_size: int,
        retries_max: int | None,
        bisect: bool,
        window_ms: int,
        age_s_max: int | None,
        tumbling_window_s: int,
    ) -> None:
        mapping = EventSourceMapping("F", "s", "g", batch_size=batch_size, retries_max=retries_max, bisect=bisect)
        self.mapping = replace(
            mapping,
            window_ms=window_ms,
            age_s_max=age_s_max,
            age_is_default=False,
            tumbling_window_s=tumbling_window_s,
        )
        self.lane = Lane(self.mapping, self.clock)

    @rule(keys=st.text(KEYS, min_size=1, max_size=5), age_s=st.sampled_from([0, 0, 61, 601]))
    def offer(self, keys: str, age_s: int) -> None:
        fresh: list[Entry] = []
        for key in keys:
            number = len(self.offered) + 1
            told = {"timestamp": _iso(self.clock.now_ms() - age_s * 1000)}
            fresh.append(Entry(f"{number}-0", (number, 0), key, told, 1, 100))
            self.offered.append(fresh[-1])
        self.lane.offer(fresh)

    @precondition(lambda self: self.in_hand is None)
    @rule()
    def take(self) -> None:
        self.in_hand = self.lane.next_attempt()
        self._park()
        if self.in_hand is not None:
            assert self.in_hand.entries
            assert len(self.in_hand.entries) <= self.mapping.batch_size
            for entry in self.in_hand.entries:
                assert entry.entry_id not in self.ended, "handed over after it ended"
                assert entry.key not in self.parked_keys, "handed over though its key is parked"
                assert not self._earlier_undone(entry), "handed over before an earlier one of its key"

    @precondition(lambda self: self.in_hand is not None)
    @rule(what=st.sampled_from(["done", *FAILURES]), done=st.integers(0, 4), culprit_known=st.booleans())
    def settle(self, what: str, done: int, culprit_known: bool) -> None:
        assert self.in_hand is not None
        handed = self.in_hand.entries
        if what == "done":
            outcome = Outcome(len(handed))
        else:
            # A failure that raised is about all of them; one that was reported about the one after what was done.
            place = min(done, len(handed) - 1) if culprit_known else 0
            outcome = Outcome(place, FAILURES[what], culprit_known and what != "throttled")
        for entry in self.lane.settle(self.in_hand, outcome):
            self._end(entry, "done")
        self.in_hand = None
        self._park()

    @rule(seconds=st.sampled_from([0.1, 1.0, 31.0, 120.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.in_hand is None and self.parked_keys)
    @rule(choice=st.integers(0, 3))
    def release(self, choice: int) -> None:
        key = sorted(self.parked_keys)[choice % len(self.parked_keys)]
        self._park()
        self.parked_keys.discard(key)
        self.lane.release(key)

    @precondition(lambda self: self.in_hand is None)
    @rule(done=st.booleans())
    def take_what_was_deleted(self, done: bool) -> None:
        """Deleted entries are found when they are to be handed over once more."""
        attempt = self.lane.next_attempt()
        self._park()
        if attempt is None:
            return
        gone = attempt.entries[:1]
        self.lane.drop(gone)
        attempt.entries = [entry for entry in attempt.entries if entry not in gone]
        self._end(gone[0], "dropped")
        self.in_hand = attempt if attempt.entries else None

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "lane"):
            return
        waiting = {entry.entry_id for attempt in self.lane._waiting_attempts() for entry in attempt.entries}
        fresh_in_hand = [e for e in self.in_hand.entries if e.entry_id not in waiting] if self.in_hand else []
        to_be_parked = len(self.lane._parkings)
        assert len(self.lane) + len(fresh_in_hand) + to_be_parked + len(self.ended) == len(self.offered)

    @invariant()
    def order_is_kept_within_each_key(self) -> None:
        for order in self.by_key.values():
            assert order == sorted(order)

    def teardown(self) -> None:
        """With a function that works, everything ends."""
        if not hasattr(self, "lane"):
            return
        for _ in range(len(self.offered) * 2 + 2):
            if self.in_hand is None:
                self.clock.advance(31)
                self.take()
            if self.in_hand is not None:
                self.settle("done", 0, culprit_known=False)
        self._park()
        assert len(self.lane) == 0
        assert self.ended.keys() == {entry.entry_id for entry in self.offered}
        self.order_is_kept_within_each_key()

    def _park(self) -> None:
        for parking in self.lane.take_parkings():
            self.parked_keys.add(parking.entry.key)
            self._end(parking.entry, "parked")

    def _end(self, entry: Entry, how: str) -> None:
        assert entry.entry_id not in self.ended, f"{how} after it was {self.ended.get(entry.entry_id)}"
        self.ended[entry.entry_id] = how
        self.by_key[entry.key].append(entry.order[0])

    def _earlier_undone(self, entry: Entry) -> bool:
        assert self.in_hand is not None
        together = {each.entry_id for each in self.in_hand.entries}
        return any(
            each.key == entry.key and each.entry_id not in self.ended and each.entry_id not in together
            for each in self.offered[: entry.order[0] - 1]
        )


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


TestLane = LaneMachine.TestCase
TestLane.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
