"""Invoke the function: a context, the time kept, and no event loop in the handler's way."""

import asyncio
from asyncio.events import _get_running_loop, _set_running_loop

from local.environment.context import LambdaContext
from local.environment.handler import Handler
from local.environment.watchdog import Watchdog
from local.template import Function


class FunctionError(Exception):
    """The handler raised; the cause is what it raised."""


class Environment:
    """One function, ready to be invoked, one invocation at a time."""

    def __init__(self, function: Function, handler: Handler, watchdog: Watchdog) -> None:
        self.function = function
        self._handler = handler
        self._watchdog = watchdog

    def invoke(self, event: object, request_id: str) -> object:
        """Return what the handler returned. Raises FunctionError. It does not return from a timeout."""
        context = LambdaContext(self.function, request_id)
        self._watchdog.begin()
        try:
            return self._handler(event, context)
        # Whatever a handler raises, sys.exit included, is the invocation's end and not the server's.
        except BaseException as error:
            raise FunctionError from error
        finally:
            self._watchdog.end()

    def invoke_beside_loop(self, event: object, request_id: str) -> object:
        """As `invoke`, called from inside an event loop: the handler may run one of its own with `asyncio.run`."""
        loop: asyncio.AbstractEventLoop | None = _get_running_loop()
        _set_running_loop(None)
        try:
            return self.invoke(event, request_id)
        finally:
            _set_running_loop(loop)
