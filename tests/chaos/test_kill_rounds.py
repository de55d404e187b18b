"""Rounds under a steady load of 200 events a second: in each, one process is killed, or stopped for a while.

`RECOURS_CHAOS_ROUNDS` says how many rounds of each (usually 2 and 1), `RECOURS_CHAOS_SEED` which: a failed run tells
its seed.
"""

import os
import random
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.chaos.soundness import check_sound
from tests.chaos.steady_load import SteadyLoad
from tests.system import RunningSystem, eventually

CLAIMS_PER_S = 40  # of five events
BEFORE_S, AFTER_S = (0.5, 1.2), 0.8
STOPPED_S = 3.0
CHILD_SECONDS_MAX = 10

POLLERS = ("notification-poller", "audit-poller", "projection-poller", "event_store-poller", "integration-poller")
CHILD = " environment"
SERVERS = ("valkey", "postgres", "mongo")
VICTIMS = ("claims-1", "claims-2", "gateway", *POLLERS, *(f"{poller}{CHILD}" for poller in POLLERS), *SERVERS)

Harm = Callable[[psutil.Process], None]


def rounds(usual: int) -> int:
    """How many rounds to make."""
    return int(os.environ.get("RECOURS_CHAOS_ROUNDS", usual))


@pytest.fixture
def chance() -> random.Random:
    """Decides who it is, and when."""
    seed = int(os.environ.get("RECOURS_CHAOS_SEED", secrets.randbelow(10_000)))
    print(f"RECOURS_CHAOS_SEED={seed}")
    return random.Random(seed)


def test_after_each_kill_under_load_every_event_has_its_effects_once(
    system: RunningSystem, chance: random.Random
) -> None:
    for number, victim in enumerate(drawn(chance, rounds(2)), start=1):
        make_round(system, chance, number, victim, kill)


def test_after_each_standstill_under_load_every_event_has_its_effects_once(
    system: RunningSystem, chance: random.Random
) -> None:
    for number, victim in enumerate(drawn(chance, rounds(1)), start=1):
        make_round(system, chance, number, victim, stand_still)


def drawn(chance: random.Random, count: int) -> Iterator[str]:
    """So many victims at random, each once before any comes twice."""
    while count > 0:
        shuffled = chance.sample(VICTIMS, len(VICTIMS))
        yield from shuffled[:count]
        count -= len(shuffled)


def make_round(system: RunningSystem, chance: random.Random, number: int, victim: str, harm: Harm) -> None:
    """Harm one process in the midst of the load, then look at everything."""
    with SteadyLoad(system.data, CLAIMS_PER_S) as load:
        time.sleep(chance.uniform(*BEFORE_S))
        process = process_of(system, victim)
        harm(process)
        time.sleep(AFTER_S)
        claims = load.finish()
    with told_by(system, victim):
        result = check_sound(system, claims)
    print(
        f"round {number}: {harm.__name__} {victim} (pid {process.pid}); {len(claims)} claims in {load.seconds:.1f} s,"
        f" {load.tally.retries} retries, errors {dict(load.tally.errors)};"
        f" verify: {result.events} events of {result.claims} claims clean in {result.seconds:.1f} s",
        flush=True,
    )


def process_of(system: RunningSystem, victim: str) -> psutil.Process:
    """The process itself; with ` environment` behind a poller's name, the child that runs its function."""
    pid = system.process(victim.removesuffix(CHILD)).pid
    assert pid is not None, f"{victim} does not run"
    process = psutil.Process(pid)
    if not victim.endswith(CHILD):
        return process
    children = eventually(process.children, bool, CHILD_SECONDS_MAX)  # the one before may have died just now
    assert children, f"{victim.removesuffix(CHILD)} has no environment"
    return children[0]


def kill(process: psutil.Process) -> None:
    process.kill()


def stand_still(process: psutil.Process) -> None:
    """As a machine that is paused, or swaps."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    process.send_signal(signal.SIGCONT)


@contextmanager
def told_by(system: RunningSystem, victim: str) -> Iterator[None]:
    """Add the end of the victim's log to a failure."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"the end of the log of {victim}:\n{system.log(victim.removesuffix(CHILD))}")
        raise
