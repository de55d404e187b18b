"""`kill -9` in the middle of a load, one process after the other: every acknowledged event has its effects once."""

from collections import Counter
from typing import Any

import pytest

from local.loadtest.scenario import COMMANDS_PER_CLAIM, EMAILS_PER_CLAIM, TEXTS_PER_CLAIM
from tests.chaos.load import RunningLoad
from tests.system import Process, RunningSystem, eventually

THREADS = 8
BACK_SECONDS_MAX = 30

# What may die between handing a message over and writing down that it did. Then the message is handed over again,
# under the same Message-ID (or reference): that is all a mail server lets anybody do.
MAY_DELIVER_TWICE = {"notification-poller", "mongo", "mailcatcher"}


@pytest.mark.parametrize(
    ("victim", "claims"),
    [
        ("claims-1", 70),
        ("query-1", 40),
        ("gateway", 40),
        ("notification-poller", 70),
        ("audit-poller", 70),
        ("event_store-poller", 70),
        ("projection-poller", 70),
        ("valkey", 70),
        ("postgres", 70),
        ("mongo", 70),
        ("mailcatcher", 40),
    ],
)
def test_a_killed_process_loses_and_doubles_nothing(system: RunningSystem, victim: str, claims: int) -> None:
    system.empty_mail_catcher()
    before = system.process(victim)
    with RunningLoad(system.data, claims, THREADS) as load:
        load.wait_for(1 / 3)
        killed = system.kill(victim)
        code, numbers, said = load.result()

    assert killed == before.pid
    assert (code, numbers["failures"]) == (0, []), f"{said}\n{system.log(victim)}"
    assert numbers["acknowledged"] == claims * COMMANDS_PER_CLAIM
    check_delivered(system.caught("messages"), "message_id", claims * EMAILS_PER_CLAIM, victim)
    check_delivered(system.caught("sms"), "reference", claims * TEXTS_PER_CLAIM, victim)
    check_back(system, before)


def check_delivered(caught: list[dict[str, Any]], identity: str, expected: int, victim: str) -> None:
    """Every message came, under an identity of its own, and once where nothing allows a second time."""
    assert len({message[identity] for message in caught}) == len(caught) == expected
    twice = Counter({message[identity]: message["deliveries"] for message in caught if message["deliveries"] > 1})
    assert not twice or victim in MAY_DELIVER_TWICE, f"delivered more than once: {twice}"


def check_back(system: RunningSystem, before: Process) -> None:
    """The process is back: another pid, ready, and one restart more."""

    def is_back(now: Process) -> bool:
        return (now.state, now.restarts) == ("ready", before.restarts + 1)

    now = eventually(lambda: system.process(before.name), is_back, BACK_SECONDS_MAX)
    assert is_back(now), f"{before.name} was not started again: {now}\n{system.log(before.name)}"
    assert now.pid not in (None, before.pid)
    assert now.port == before.port
