"""The faults of this process, as its entry module uses them."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from local.apigateway.serving import Application, InheritedSocketServer

VARIABLE = "RECOURS_FAULTS"

Invoke: TypeAlias = Callable[[object], object]
Role: TypeAlias = Literal["environment", "worker", "poller", "schedule"]


class ProcessFaults(Protocol):
    """What a process lets be wrapped."""

    def wrap_steps(self) -> None:
        """Wrap the steps of adapters, once the function's code is imported. Raises FaultError."""

    def around_invoke(self, invoke: Invoke) -> Invoke:
        """Wrap what invokes the function with a batch."""

    def around_application(
        self, application: "Application", server: "Callable[[], InheritedSocketServer]"
    ) -> "Application":
        """Wrap what answers HTTP requests. `server` is asked for once there are some."""


class NoFaults:
    """Everything stays what it is."""

    def wrap_steps(self) -> None:
        """See ProcessFaults."""

    def around_invoke(self, invoke: Invoke) -> Invoke:
        """See ProcessFaults."""
        return invoke

    def around_application(
        self,
        application: "Application",
        server: "Callable[[], InheritedSocketServer]",  # noqa: ARG002 (ProcessFaults has it)
    ) -> "Application":
        """See ProcessFaults."""
        return application


def faults_of_this_process(function: str, role: Role) -> ProcessFaults:
    """The faults that the supervisor asked this process for. Raises FaultError.

    To be called before the function's code replaces the environment variables.
    """
    if not os.environ.get(VARIABLE):
        return NoFaults()
    # Imported by those alone that need it: every environment starts with this.
    from local.faults.injected import InjectedFaults

    return InjectedFaults.of_this_process(function, role)
