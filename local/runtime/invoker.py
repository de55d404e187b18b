"""The functions as API Gateway invokes them: with an event, for an answer that is JSON."""

import orjson

from local.apigateway.invoking import (
    InvocationFailedError,
    InvocationThrottledError,
    InvocationTimedOutError,
    NotInvokedError,
)
from local.environment.worker import frames
from local.environment.worker.failures import TIMED_OUT
from local.runtime.contract import Functions, Invocation, Outcome, ThrottledError, UnavailableError


class GatewayInvoker:
    """An Invoker over Functions."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    async def invoke(self, function: str, event: object, request_id: str) -> object:
        """See Invoker."""
        try:
            invoked = await self._functions.invoke(function, Invocation(request_id, frames.to_json(event)))
        except ThrottledError as error:
            raise InvocationThrottledError(str(error)) from error
        except UnavailableError as error:
            raise NotInvokedError(str(error)) from error
        if invoked.outcome.is_error:
            raise _failure(invoked.outcome, request_id)
        try:
            return orjson.loads(invoked.outcome.payload)
        except orjson.JSONDecodeError as error:  # a number over what a double can be, or a thousand brackets
            raise InvocationFailedError("Runtime.InvalidResponse", str(error)) from error


def _failure(outcome: Outcome, request_id: str) -> InvocationFailedError:
    message = outcome.message.removeprefix(f"RequestId: {request_id} Error: ")
    kind = InvocationTimedOutError if outcome.error_type == TIMED_OUT else InvocationFailedError
    return kind(outcome.error_type, message)
