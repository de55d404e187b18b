"""SIGKILL, SIGSTOP and SIGCONT for real poller processes under load: nothing is lost, a key's events keep their order.

`RECOURS_CHAOS_ROUNDS=20` makes it long.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.chaos.polled_group import IDLE_MS_MIN, PolledGroup, PollerProcess, Producer

ROUNDS = int(os.environ.get("RECOURS_CHAOS_ROUNDS", "2"))
FIRST_EFFECTS = 30
LONGER_THAN_IDLE_S = 2 * IDLE_MS_MIN / 1000


@pytest.fixture(params=[1, 3], ids=["one lane", "three lanes"])
def group(request: pytest.FixtureRequest, redis_url: str) -> Iterator[PolledGroup]:
    group = PolledGroup(redis_url, uuid4().hex, request.param)
    yield group
    group.redis.close()


def test_a_poller_killed_again_and_again_loses_and_reorders_nothing(group: PolledGroup) -> None:
    with Producer(group):
        for _ in range(ROUNDS):
            with PollerProcess(group, "one") as poller:
                group.wait_for_effects(FIRST_EFFECTS)
                time.sleep(random.uniform(0.0, 0.3))
                poller.send(signal.SIGKILL)
    finish(group)


def test_a_poller_that_stands_still_again_and_again_loses_and_reorders_nothing(group: PolledGroup) -> None:
    with PollerProcess(group, "one") as poller:
        with Producer(group):
            for _ in range(ROUNDS):
                group.wait_for_effects(FIRST_EFFECTS)
                poller.send(signal.SIGSTOP)
                time.sleep(random.uniform(0.1, 1.0) * LONGER_THAN_IDLE_S)
                poller.send(signal.SIGCONT)
                time.sleep(random.uniform(0.0, 0.3))
        group.wait_until_done()
        assert poller.end() == 0
    group.check()


def test_a_poller_that_stands_still_is_taken_over_from_and_does_no_harm_later(group: PolledGroup) -> None:
    with PollerProcess(group, "one") as first:
        with Producer(group):
            group.wait_for_effects(FIRST_EFFECTS)
            time.sleep(random.uniform(0.0, 0.1))
            first.send(signal.SIGSTOP)
            time.sleep(LONGER_THAN_IDLE_S)
        with PollerProcess(group, "two") as second:
            group.wait_until_done()
            first.send(signal.SIGCONT)
            time.sleep(LONGER_THAN_IDLE_S)  # it goes on in the middle of what the other did meanwhile
            assert second.end() == 0
        with Producer(group):
            time.sleep(0.5)
        group.wait_until_done()
        assert first.end() == 0
    group.check()


def test_a_poller_that_wakes_up_hands_over_nothing_that_another_took_over(group: PolledGroup) -> None:
    with PollerProcess(group, "one") as first:
        append(group, FIRST_EFFECTS)
        group.wait_until_done()
        first.send(signal.SIGSTOP)
        append(group, FIRST_EFFECTS)  # goes to the read in which the first one stands still
        time.sleep(LONGER_THAN_IDLE_S)
        with PollerProcess(group, "two") as second:
            group.wait_until_done()
            first.send(signal.SIGCONT)
            time.sleep(LONGER_THAN_IDLE_S)
            assert second.end() == 0
        assert first.end() == 0
    group.check()
    assert len(group.effects()) == 2 * FIRST_EFFECTS


def append(group: PolledGroup, count: int) -> None:
    """Append so many events."""
    for _ in range(count):
        group.append()


def finish(group: PolledGroup) -> None:
    """Let an undisturbed poller do what is left, and check."""
    with PollerProcess(group, "one") as poller:
        group.wait_until_done()
        assert poller.end() == 0
    group.check()
