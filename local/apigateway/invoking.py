"""What API Gateway needs of Lambda: somebody who invokes a function and waits for its answer."""

from typing import Protocol


class InvocationFailedError(Exception):
    """The function was invoked and raised, ended its process, or gave no JSON. `error_type` is Lambda's name for it."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class InvocationTimedOutError(InvocationFailedError):
    """The function took longer than its `Timeout`; the message is Lambda's: `Task timed out after 3.00 seconds`."""


class InvocationThrottledError(Exception):
    """The function was not invoked: as many invocations run as its concurrency allows."""


class NotInvokedError(Exception):
    """The function was not invoked, for a reason that passes: no environment can be started now, or all is stopping."""


class Invoker(Protocol):
    """Invokes functions by their logical ids."""

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        """Invoke with an event (what JSON can tell) and return the function's answer, read from its JSON.

        Raises InvocationFailedError (InvocationTimedOutError among them), InvocationThrottledError, NotInvokedError.
        """
