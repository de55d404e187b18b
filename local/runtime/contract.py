"""The words between who asks for an invocation, the pools, and the environments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function. `payload` is the event as JSON text in UTF-8; `client_context` too, or None."""

    request_id: str
    payload: bytes
    client_context: bytes | None = None
    wants_log: bool = False
    """Whether `Invoked.log_tail` is wanted: the hot path does not read a file back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended, as Lambda tells it.

    `payload` is JSON: what the handler returned, or, where `error_type` is not empty,
    `{"errorType": …, "errorMessage": …, "stackTrace": […]}`. `error_type` is then that `errorType`: the exception's
    name, `Sandbox.Timedout`, `Runtime.ExitError`, `Runtime.ImportModuleError`, …
    """

    payload: bytes
    error_type: str = ""

    @property
    def is_error(self) -> bool:
        """Whether Lambda would set `X-Amz-Function-Error: Unhandled`."""
        return bool(self.error_type)

    @property
    def message(self) -> str:
        """The `errorMessage` of an error."""
        told = orjson.loads(self.payload)
        return str(told.get("errorMessage", "")) if isinstance(told, dict) else ""


@dataclass(frozen=True, slots=True)
class Invoked:
    """An outcome with what the log tells of it. Times in milliseconds, memory in MB; `log_tail` its last 4 KiB
    where the invocation `wants_log`."""

    outcome: Outcome
    request_id: str
    duration_ms: float
    init_ms: float | None
    memory_max_mb: int
    log_tail: bytes


class ThrottledError(Exception):
    """As many invocations of the function are running as it may have: HTTP 429, `TooManyRequestsException`."""


class UnavailableError(Exception):
    """The function was not invoked: no environment can be started, or stopping has begun. A repeat may do better."""


class UnknownFunctionError(Exception):
    """The template has no function of that name."""


class EnvironmentGoneError(Exception):
    """The environment's process had ended before it was given the invocation, which therefore never began."""


class InitFailedError(Exception):
    """The function could not be loaded. `outcome` is what each invocation of it is answered with."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.payload.decode(errors="replace"))
        self.outcome = outcome


class ExecutionEnvironment(Protocol):
    """One process that runs one function, one invocation at a time. All methods are called from one event loop."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def is_usable(self) -> bool:
        """Whether the next invocation can be given to it: false once it ended, timed out or was told to end."""

    @property
    def source_files(self) -> frozenset[Path]:
        """The files below the function's code and layers that it has imported; empty where nothing is watched."""

    async def initialize(self) -> None:
        """Return once the function is loaded. Raises InitFailedError; then the process is ended already."""

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation. What the function does wrong, its timeout and its death included, is an outcome.

        Raises EnvironmentGoneError where the process had ended before. A timeout ends the process.
        """

    async def end(self, grace_s: float) -> None:
        """Let the invocation in flight finish for so long, then end the process; return once it is gone."""

    def kill(self) -> None:
        """End the process now, whatever it does; `invoke` then has `Runtime.ExitError` for its outcome."""


class EnvironmentFactory(Protocol):
    """Starts environments of one function."""

    def __call__(self, name: str, log_file: Path) -> ExecutionEnvironment:
        """Start a process that writes what it prints to `log_file` (appended), and return before it is ready.

        `name` is the environment's own, for people: `claims-2`. Raises OSError where no process can be started.
        """


class Functions(Protocol):
    """The front door, as the Invoke API and the gateway see it. Functions go by logical id or `FunctionName`."""

    def names(self) -> tuple[str, ...]:
        """The logical ids, in the template's order."""

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        """Invoke and wait. Raises UnknownFunctionError, ThrottledError, UnavailableError."""
