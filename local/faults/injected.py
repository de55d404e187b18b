"""The faults of a process that was asked for some."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from local.faults.crashes import wrap_steps
from local.faults.dice import Dice
from local.faults.errors import FaultError
from local.faults.grammar import Fault
from local.faults.process import VARIABLE, Invoke, Role
from local.faults.settings import FaultSettings

if TYPE_CHECKING:
    from local.apigateway.serving import Application, InheritedSocketServer

_HTTP = ("drop", "delay", "throttle")
_BATCHES = (*_HTTP, "duplicate")


class InjectedFaults:
    """A ProcessFaults."""

    def __init__(self, dice: Dice, role: Role) -> None:
        self._dice = dice
        self._role = role

    @classmethod
    def of_this_process(cls, function: str, role: Role) -> "InjectedFaults":
        """Those that the environment variable tells. Raises FaultError."""
        settings = FaultSettings.from_environment(os.environ)
        if settings is None:
            raise FaultError(f"{VARIABLE} is not set")
        process = f"{function}.{role}"
        seed = f"{settings.seed}:{process}:{settings.count_start(process)}"
        return cls(Dice(_meant_for(function, settings.faults), seed, function, settings.switch), role)

    def wrap_steps(self) -> None:
        """See ProcessFaults."""
        wrap_steps(self._dice, self._role)

    def around_invoke(self, invoke: Invoke) -> Invoke:
        """See ProcessFaults."""
        if not self._dice.of_kinds(*_BATCHES):
            return invoke
        from local.faults.batches import FaultyInvoke

        return FaultyInvoke(invoke, self._dice)

    def around_application(
        self, application: "Application", server: "Callable[[], InheritedSocketServer]"
    ) -> "Application":
        """See ProcessFaults."""
        if not self._dice.of_kinds(*_HTTP):
            return application
        from local.faults.http import FaultyApplication, hang_up

        return FaultyApplication(application, self._dice, lambda scope: hang_up(server(), scope))


def _meant_for(function: str, faults: Sequence[Fault]) -> list[Fault]:
    return [fault for fault in faults if fault.function in (None, function)]
