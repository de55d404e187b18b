"""`FunctionService`: every function of a template, invoked by name."""

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from local.environment.log import log
from local.runtime.contract import EnvironmentFactory, Invocation, Invoked, UnknownFunctionError
from local.runtime.limits import PoolLimits
from local.runtime.places import Places
from local.runtime.pool import FunctionPool
from local.runtime.records import EnvironmentRecord
from local.runtime.watching import LOOK_EVERY_S, SourceWatch, touches
from local.template import Function

TEND_EVERY_S = 0.1


class FunctionService:
    """A Functions. All methods are called from one event loop, in the thread that the environments are to die with."""

    def __init__(
        self,
        functions: Collection[Function],
        factory_of: Callable[[Function], EnvironmentFactory],
        limits_of: Callable[[Function], PoolLimits],
        places: dict[str, Places],
        changed: Callable[[], None],
    ) -> None:
        self._pools = {
            function.name: FunctionPool(
                function, factory_of(function), limits_of(function), places[function.name], changed
            )
            for function in functions
        }
        self._ids = {function.function_name: function.name for function in functions if function.function_name}
        self._tasks: list[asyncio.Task[None]] = []

    def names(self) -> tuple[str, ...]:
        """See Functions."""
        return tuple(self._pools)

    def environments(self) -> list[tuple[Function, EnvironmentRecord]]:
        """Every environment that there is or should be now, with its function."""
        return [(pool.function, record) for pool in self._pools.values() for record in pool.records]

    async def start(self) -> None:
        """Start the warm environments and wait for them. Raises InitFailedError, UnavailableError."""
        self._tasks = [asyncio.create_task(self._tend()), asyncio.create_task(self._watch())]
        await asyncio.gather(*(pool.warm_up() for pool in self._pools.values()))

    async def invoke(self, function: str, invocation: Invocation) -> Invoked:
        """See Functions."""
        pool = self._pools.get(function) or self._pools.get(self._ids.get(function, ""))
        if pool is None:
            raise UnknownFunctionError(function)
        return await pool.invoke(invocation)

    def reload(self, saved: Collection[Path]) -> list[str]:
        """Have the functions that one of these files touches start anew; return their names."""
        touched = [pool for pool in self._pools.values() if any(touches(file, pool.source_files) for file in saved)]
        for pool in touched:
            pool.reload()
        return [pool.function.name for pool in touched]

    async def close(self, grace_s: float) -> None:
        """Let what is in flight finish for so long, and end every environment."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(pool.close(grace_s) for pool in self._pools.values()))

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            for pool in self._pools.values():
                try:
                    pool.tend()
                except OSError as error:  # a disk or a process table that is full is looked at again next time
                    log("error", "environments could not be tended", function=pool.function.name, reason=str(error))

    async def _watch(self) -> None:
        watch = SourceWatch()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            pools = self._pools.values()
            sources = frozenset[Path]().union(*(pool.source_files for pool in pools))
            saved = watch.saved(sources, min((pool.started_ns for pool in pools), default=0))
            if saved and (names := self.reload(saved)):
                log("info", "reloaded", functions=names, files=sorted(map(str, saved)))
