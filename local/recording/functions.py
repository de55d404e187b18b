"""Functions whose invocations become fixtures."""

import asyncio
import json
from collections.abc import Collection
from pathlib import Path

from local.environment.log import log
from local.recording.fixtures import write_fixture
from local.runtime.contract import Functions, Invocation, Invoked, UnknownFunctionError

RECORDED_MAX = 100
"""Invocations of one function: whoever records a load test by mistake keeps a disk."""


class RecordingFunctions:
    """A Functions that writes what the named ones are invoked with, and what they answer, to a folder."""

    def __init__(
        self, functions: Functions, folder: Path, names: Collection[str], recorded_max: int = RECORDED_MAX
    ) -> None:
        """`names` are logical ids. Raises UnknownFunctionError."""
        for name in names:
            if name not in functions.names():
                raise UnknownFunctionError(name)
        self._functions = functions
        self._folder = folder
        self._left = dict.fromkeys(names, recorded_max)

    def names(self) -> tuple[str, ...]:
        """See Functions."""
        return self._functions.names()

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        """See Functions. An invocation that cannot be recorded is answered all the same."""
        invoked = await self._functions.invoke(function, invocation)
        if self._left.get(function, 0) > 0:
            self._left[function] -= 1
            await asyncio.to_thread(self._record, function, invocation, invoked)
        return invoked

    def _record(self, function: str, invocation: Invocation, invoked: Invoked) -> None:
        try:
            file = write_fixture(self._folder, function, json.loads(invocation.payload), invoked.outcome)
        except (OSError, ValueError, RecursionError) as error:
            log("error", "an invocation could not be recorded", function=function, reason=type(error).__name__)
        else:
            log("info", "an invocation was recorded", function=function, file=str(file))
