"""The steps at which a process may be killed: methods of adapters, wrapped from outside."""

import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from local.faults.dice import Dice
from local.faults.errors import FaultError
from local.faults.grammar import Fault
from local.faults.process import Role


@dataclass(frozen=True, slots=True)
class Step:
    """One method. `is_step`: whether a call with these arguments (`self` first) is the step at all."""

    module: str
    owner: str
    method: str
    is_step: Callable[[Sequence[Any]], bool] = lambda _: True

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.method}"

    def find(self) -> type:
        """The class that has the method. Raises FaultError where there is none any more."""
        try:
            owner = getattr(import_module(self.module), self.owner, None)
        except ImportError as error:
            raise FaultError(f"{self} cannot be wrapped: {error}") from error
        if not isinstance(owner, type) or not callable(getattr(owner, self.method, None)):
            raise FaultError(f"{self} cannot be wrapped, there is no such method: put its new name into {__name__}")
        return owner


@dataclass(frozen=True, slots=True)
class Steps:
    """What one word of the kinds means, and in which processes."""

    roles: frozenset[Role]
    methods: tuple[Step, ...]


def _collection(method: str) -> Step:
    return Step("pymongo.collection", "Collection", method)


STEPS: Mapping[str, Steps] = {
    "append": Steps(
        frozenset({"environment", "worker"}),
        (
            Step("repositories.redis_log.event_log", "RedisEventLog", "append"),
            Step("repositories.redis_log.event_log", "RedisEventLog", "append_many"),
        ),
    ),
    "commit": Steps(
        frozenset({"worker"}),
        (
            # Left by an exception, a transaction is rolled back.
            Step("psycopg", "Transaction", "__exit__", is_step=lambda arguments: arguments[1] is None),
            *map(
                _collection,
                ("insert_one", "insert_many", "update_one", "update_many", "bulk_write", "replace_one", "delete_many"),
            ),
        ),
    ),
    "send": Steps(
        frozenset({"worker"}),
        (
            Step("functions.notification.smtp", "SmtpMailer", "send"),
            Step("functions.notification.sms", "HttpSms", "send"),
        ),
    ),
    "ack": Steps(frozenset({"poller"}), (Step("streams.group.source", "GroupSource", "acknowledge"),)),
}


def check_steps(faults: Sequence[Fault]) -> None:
    """Look up every method that these faults wrap, by importing it. Raises FaultError where one is gone."""
    for word in _words(faults):
        for step in STEPS[word].methods:
            step.find()


def wrap_steps(dice: Dice, role: Role) -> None:
    """Wrap the steps of what this process has imported. Raises FaultError.

    A function that was named, and has none of the steps, is an error: nothing would ever strike it.
    """
    for word, steps in STEPS.items():
        faults = dice.of_kinds(f"crash-before-{word}", f"crash-after-{word}")
        if not faults or role not in steps.roles:
            continue
        # Whatever function it is for, the poller acknowledges; a function may do without any of the others.
        loaded = [step for step in steps.methods if role == "poller" or step.module in sys.modules]
        if not loaded and (named := [fault for fault in faults if fault.function]):
            raise FaultError(f"{named[0]}: the function has nothing to {word} with")
        for step in loaded:
            _wrap(step, dice, word)


def _wrap(step: Step, dice: Dice, word: str) -> None:
    owner = step.find()
    method = getattr(owner, step.method)

    @functools.wraps(method)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if not step.is_step(arguments):
            return method(*arguments, **named)
        if dice.strike(f"crash-before-{word}"):
            crash()
        result = method(*arguments, **named)
        if dice.strike(f"crash-after-{word}"):
            crash()
        return result

    setattr(owner, step.method, wrapped)


def crash() -> None:
    """Be killed, as by `kill -9`: nothing is closed, flushed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # the signal may reach another thread of this process first


def _words(faults: Sequence[Fault]) -> list[str]:
    return [word for word in STEPS if any(fault.kind.endswith(f"-{word}") for fault in faults)]
