"""Faults around the invocation of a function with a batch, or by a schedule."""

import time
from collections.abc import Callable

from local.faults.dice import Dice
from streams.errors import FunctionError, ThrottledError

Invoke = Callable[[object], object]


class FaultyInvoke:
    """Invokes, or does worse. The kinds are asked in the order in which a batch would meet them."""

    def __init__(self, invoke: Invoke, dice: Dice) -> None:
        self._invoke = invoke
        self._dice = dice

    def __call__(self, event: object) -> object:
        """What the function returned. Raises besides what `invoke` raises ThrottledError and FunctionError."""
        if delay := self._dice.strike("delay"):
            time.sleep(int(delay.detail) / 1000)
        if self._dice.strike("throttle"):
            raise ThrottledError("fault injected: too many requests")
        drop = self._dice.strike("drop")
        if drop and drop.detail == "request":
            raise ThrottledError("fault injected: the batch was dropped before it was invoked")
        if self._dice.strike("duplicate"):
            self._invoke(event)
        result = self._invoke(event)
        if drop:
            raise FunctionError("Sandbox.Dropped", "fault injected: the function's answer was dropped")
        return result
