"""How long a function may still run."""

import math
from collections.abc import Callable
from typing import Protocol


class Context(Protocol):
    """What is asked of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""


def time_left_of(context: Context | None) -> Callable[[], float]:
    """Seconds until the function is stopped; without a context, as a person invokes it, there is no end."""
    if context is None:
        return lambda: math.inf
    return lambda: context.get_remaining_time_in_millis() / 1000
