"""Invoke the function: a context, and the time kept."""

import os
import time

from local.environment.context import LambdaContext
from local.environment.handler import Handler
from local.environment.watchdog import Watchdog
from local.template import Function


def new_trace_id() -> str:
    """As Lambda gives each invocation one; nothing is sampled. Source: "Tracing header" in the X-Ray guide."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Parent={os.urandom(8).hex()};Sampled=0"


class FunctionError(Exception):
    """The handler raised; the cause is what it raised."""


class Environment:
    """One function, ready to be invoked, one invocation at a time."""

    def __init__(self, function: Function, handler: Handler, watchdog: Watchdog, *, is_timed: bool = True) -> None:
        self.function = function
        self._is_timed = is_timed
        self._handler = handler
        self._watchdog = watchdog

    def invoke(self, event: object, request_id: str, client_context: object = None) -> object:
        """Return what the handler returned. Raises FunctionError. It does not return from a timeout."""
        os.environ["_X_AMZN_TRACE_ID"] = new_trace_id()
        context = LambdaContext(self.function, request_id, client_context, is_timed=self._is_timed)
        self._watchdog.begin()
        try:
            return self._handler(event, context)
        # Whatever a handler raises, sys.exit included, is the invocation's end and not the server's.
        except BaseException as error:
            raise FunctionError from error
        finally:
            self._watchdog.end()
