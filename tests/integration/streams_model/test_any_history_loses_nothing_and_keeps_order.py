"""Whatever happens, in whatever order: nothing is lost, and a key's events are done in their order.

`RECOURS_MODEL_EXAMPLES=5000` looks at so many histories, others each time, instead of the same few; what it finds it
makes as short as it can.
"""

import os
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.integration.streams_model.model_function import Mood, Poison, Style
from tests.integration.streams_model.world import World

EXAMPLES = int(os.environ.get("RECOURS_MODEL_EXAMPLES", "0"))
EXAMPLES_DEFAULT = 60
STEPS = 30

KEYS = st.sampled_from("abc")  # few, so that much of one key is under way at once
CONSUMERS = st.sampled_from(["one", "two"])
POISONS = st.sampled_from([None, None, None, "bad", "not_now"])
AGES_S = st.sampled_from([0.0, 0.0, 0.0, 30.0, 90.0])
DURATIONS_S = st.sampled_from([0.1, 1.0, 5.0, 31.0, 600.0, 8 * 24 * 3600.0])
STYLES = st.sampled_from(["raises", "reports_all", "reports_first", "reports_nonsense"])
MOODS = st.sampled_from(["well", "throttled", "not_now", "not_now_from_the_middle"])
PROPERTIES = st.fixed_dictionaries(
    {
        "BatchSize": st.integers(1, 5),
        "ParallelizationFactor": st.sampled_from([1, 3]),
        "MaximumRetryAttempts": st.sampled_from([0, 0, 1, 3, -1]),
        "BisectBatchOnFunctionError": st.booleans(),
        "MaximumBatchingWindowInMilliseconds": st.sampled_from([0, 500]),
    },
    optional={"MaximumRecordAgeInSeconds": st.just(60)},
)


class Histories(RuleBasedStateMachine):
    """Any order of what may happen to a stream, a group and its pollers."""

    redis_url = ""

    @initialize(style=STYLES, properties=PROPERTIES)
    def begin(self, style: Style, properties: dict[str, Any]) -> None:
        self.world = World(self.redis_url, style, **properties)
        self.world.append("a", wanted=True, age_s=0.0)

    @rule(records=st.lists(st.tuples(KEYS, POISONS), min_size=1, max_size=8), age_s=AGES_S)
    def append(self, records: list[tuple[str, Poison | None]], age_s: float) -> None:
        for key, poison in records:
            entry_id = self.world.append(key, wanted=True, age_s=age_s)
            if poison is not None:
                self.world.function.poisoned[entry_id] = poison

    @rule(key=KEYS)
    def append_what_is_filtered_out(self, key: str) -> None:
        self.world.append(key, wanted=False, age_s=0.0)

    @rule(consumer=CONSUMERS, turns=st.integers(1, 5), advance_s=st.sampled_from([0.0, 0.3, 31.0]))
    def poll(self, consumer: str, turns: int, advance_s: float) -> None:
        for _ in range(turns):
            self.world.turn(consumer)
            self.world.clock.advance(advance_s)

    @rule(step=st.integers(1, 40), consumer=CONSUMERS)
    def die_while_polling(self, step: int, consumer: str) -> None:
        self.world.fuse.set(step)
        self.world.turn(consumer)

    @rule()
    def die_between_turns(self) -> None:
        self.world.lose_poller()

    @rule(mood=MOODS)
    def change_mood(self, mood: Mood) -> None:
        self.world.function.mood = mood

    @rule()
    def mend_the_function(self) -> None:
        self.world.function.mood = "well"
        self.world.function.poisoned.clear()

    @rule(keys=st.none() | st.lists(KEYS, max_size=3))
    def ask_for_a_retry(self, keys: list[str] | None) -> None:
        self.world.parked.request_retry(keys, "the model")

    @rule(place=st.integers(0, 20))
    def discard(self, place: int) -> None:
        self.world.discard(place)

    @rule(seconds=DURATIONS_S)
    def let_time_pass(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule()
    def destroy_the_group(self) -> None:
        self.world.lose_group()

    @rule()
    def trim(self) -> None:
        self.world.trim()

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if sys.exc_info()[1] is None:  # else this history failed already, and that is what is to be told
                self.world.drain()
                self.world.check_all_done()
        finally:
            self.world.close()


def test_any_history_loses_nothing_and_keeps_order(quick_redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Histories, "redis_url", quick_redis_url)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=EXAMPLES or EXAMPLES_DEFAULT,
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            database=None,
            phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],  # shrinking may take minutes
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
