"""How many environments and invocations a function may have here, and how long they live."""

import os
from dataclasses import dataclass

from local.template import Function

ACCOUNT_CONCURRENCY = 1000
"""Lambda's default for an account: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`invocations_max` at once, waiting ones included: more are throttled, as by Lambda's concurrency.

    A laptop cannot hold a process for each of a thousand invocations, so above `processes_max` they wait for one
    another. `warm` are kept whether they are used or not, as provisioned concurrency.
    """

    warm: int
    processes_max: int
    invocations_max: int
    scale_after_s: float = 0.1
    """How long an invocation waits for an environment that is busy before one more is started."""
    idle_s: float = 300.0
    """An environment beyond the warm ones that was not used for so long is ended."""


def limits_of(function: Function, *, warm: int, processes_max: int | None = None) -> PoolLimits:
    """The limits of a function: `ReservedConcurrentExecutions` where it has them, else the account's concurrency."""
    most = processes_max or max(4, 2 * (os.cpu_count() or 1), warm)
    reserved = function.concurrency_max
    invocations_max = ACCOUNT_CONCURRENCY if reserved is None else reserved
    # Reserved concurrency is a promise too: so many run at once, and not one after the other.
    processes = processes_max or (most if reserved is None else max(reserved, 1))
    return PoolLimits(min(warm, processes, invocations_max), processes, invocations_max)
