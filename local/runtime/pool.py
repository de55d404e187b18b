"""The environments of one function: started as there is need, the one used last first, ended when idle for long."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path

from local.environment.log import log
from local.runtime.contract import (
    EnvironmentFactory,
    EnvironmentGoneError,
    InitFailedError,
    Invocation,
    Invoked,
    ThrottledError,
    UnavailableError,
)
from local.runtime.limits import PoolLimits
from local.runtime.log_file import LogFile
from local.runtime.metrics import FunctionMeasures
from local.runtime.places import Places
from local.runtime.records import EnvironmentRecord
from local.runtime.slot import Slot
from local.supervisor.backoff import Backoff
from local.template import Function

_TRIES = 2
_ENDING_S_MAX = 5.0
_MB = 1 << 20


class FunctionPool:
    """For any number of tasks of one event loop. `changed` is called when an environment comes, is ready or goes."""

    def __init__(
        self,
        function: Function,
        factory: EnvironmentFactory,
        limits: PoolLimits,
        places: Places,
        changed: Callable[[], None],
    ) -> None:
        self.function = function
        self._limits = limits
        self._factory = factory
        self._places = places
        self._changed = changed
        self._slots: dict[int, Slot] = {}
        self._leaving: set[Slot] = set()
        self._idle: list[Slot] = []
        self._waiting: deque[asyncio.Future[Slot]] = deque()
        self._running = 0
        self._scaling: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._backoff = Backoff()
        self._refill_at_s = 0.0
        self._cannot_load = False
        self._stopping = False
        self._sources: frozenset[Path] = frozenset()
        self._died: set[int] = set()
        self._restarts: Counter[int] = Counter()
        self._measures = FunctionMeasures(function.name, function.memory_mb)

    @property
    def records(self) -> list[EnvironmentRecord]:
        """The environments that there are or should be, by number."""
        numbers = {*self._slots, *range(1, self._limits.warm + 1)}
        return [self._record(number) for number in sorted(numbers)]

    @property
    def slots(self) -> list[Slot]:
        """The environments that there are, by number."""
        return [self._slots[number] for number in sorted(self._slots)]

    @property
    def source_files(self) -> frozenset[Path]:
        """The files of the function's code and layers that any of its environments has imported."""
        for slot in self._slots.values():
            self._sources |= slot.environment.source_files
        return self._sources

    @property
    def started_ns(self) -> int:
        """When the first of its environments started, in nanoseconds since the epoch; now where there is none."""
        return min((slot.started_ns for slot in self._slots.values()), default=time.time_ns())

    async def warm_up(self) -> None:
        """Start the warm ones and wait until they have loaded the function.

        Raises InitFailedError, UnavailableError.
        """
        slots = [self._start() for _ in range(self._limits.warm - len(self._slots))]
        await asyncio.gather(*(self._prepare(slot) for slot in slots))
        for slot in slots:
            self._give(slot)

    async def invoke(self, invocation: Invocation) -> Invoked:
        """Run one invocation in an environment that it has for itself. Raises ThrottledError, UnavailableError."""
        if self._running >= self._limits.invocations_max:
            self._measures.refused("throttled")
            raise ThrottledError(f"{self.function.name} runs {self._running} invocations, as many as it may")
        self._running += 1
        try:
            return await self._invoke(invocation)
        except UnavailableError:
            self._measures.refused("unavailable")
            raise
        finally:
            self._running -= 1

    def reload(self) -> None:
        """Have the next invocations run in new environments; those in flight finish in the old ones."""
        idle, self._idle = self._idle, []
        for slot in self.slots:
            slot.is_stale = True
            self._leave(slot)
        for slot in idle:
            self._end_later(slot)
        self._backoff, self._refill_at_s, self._cannot_load = Backoff(), 0.0, False
        self._fill()
        self._grow_for_waiting()

    def tend(self) -> None:
        """Look after the environments, some times a second: memory, those idle for long, the warm ones missing."""
        ready = [slot for slot in [*self._slots.values(), *self._leaving] if slot.is_ready]
        self._measures.memory(max((slot.check_memory() for slot in ready), default=0) * _MB)
        self._count_environments()
        now_s = time.monotonic()
        for slot in list(self._idle):
            if not slot.environment.is_usable:
                self._ended_idle(slot)
            elif slot.number > self._limits.warm and now_s - slot.idle_since_s > self._limits.idle_s:
                self._idle.remove(slot)
                self._discard(slot)
            else:
                slot.rotate_log()
        if now_s >= self._refill_at_s and not self._cannot_load:
            self._fill()

    async def close(self, grace_s: float) -> None:
        """Take no more invocations, let those in flight finish for so long, and end every environment."""
        self._stopping = True
        while self._waiting:
            self._fail_first(UnavailableError("all is stopping"))
        await asyncio.gather(*(slot.environment.end(grace_s) for slot in [*self.slots, *self._leaving]))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ENDING_S_MAX)
        for slot in [*self.slots, *self._leaving]:
            if slot.busy_with is None:  # else who gives it back does this
                self._let_go(slot)

    async def _invoke(self, invocation: Invocation) -> Invoked:
        for _ in range(_TRIES):
            asked_s = time.perf_counter()
            try:
                slot = await self._take()
            except InitFailedError as error:
                self._measures.refused("init_error")
                return Invoked(error.outcome, invocation.request_id, 0.0, None, 0, b"")
            self._measures.waited(time.perf_counter() - asked_s)
            try:
                return await slot.invoke(invocation)
            except EnvironmentGoneError as error:
                log("warning", "an environment had ended while it was idle", environment=slot.name, reason=str(error))
            finally:
                self._give(slot)
        raise UnavailableError(f"the environments of {self.function.name} end as soon as they are idle")

    async def _take(self) -> Slot:
        """An environment that is ready and nobody else's. Raises InitFailedError, UnavailableError."""
        if self._stopping:
            raise UnavailableError("all is stopping")
        while self._idle:
            slot = self._idle[-1]
            if slot.environment.is_usable:
                return self._idle.pop()
            self._ended_idle(slot)
        waiter: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grow_for_waiting()
        try:
            return await waiter
        except asyncio.CancelledError:
            with suppress(ValueError):
                self._waiting.remove(waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._give(waiter.result())
            raise

    def _give(self, slot: Slot) -> None:
        """An environment is free: for who waits longest, or for later. One that is of no more use ends."""
        if slot.is_stale or self._stopping or not slot.environment.is_usable:
            self._discard(slot)
            self._grow_for_waiting()
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(slot)
                return
        self._idle.append(slot)

    def _count_environments(self) -> None:
        slots = self._slots.values()
        busy = sum(slot.busy_with is not None for slot in slots)
        starting = sum(not slot.is_ready for slot in slots)
        self._measures.environments(starting=starting, idle=len(slots) - busy - starting, busy=busy)

    def _grow_for_waiting(self) -> None:
        """Start an environment for who waits: at once where there is none, else after it waited for a while.

        A short wait is cheaper than a process more: what the busy ones do takes milliseconds, a cold start hundreds.
        """
        if not self._waiting or self._stopping:
            return
        while self._waiting and not self._slots:  # each that cannot be started is told to one who waits
            self._grow()
        if self._scaling is None and self._missing() > 0:
            wait_s = max(self._limits.scale_after_s, self._refill_at_s - time.monotonic())
            self._scaling = asyncio.get_running_loop().call_later(wait_s, self._scale)

    def _scale(self) -> None:
        self._scaling = None
        for _ in range(self._missing()):
            if not self._grow():
                break
        self._grow_for_waiting()

    def _missing(self) -> int:
        """How many more environments those who wait could use, within the limit."""
        starting = sum(not slot.is_ready for slot in self._slots.values())
        return min(len(self._waiting) - starting, self._limits.processes_max - len(self._slots))

    def _fill(self) -> None:
        """Start the warm ones that are missing: the first numbers, whichever more there are for now."""
        for _ in range(sum(number not in self._slots for number in range(1, self._limits.warm + 1))):
            if self._stopping or not self._grow():
                return

    def _grow(self) -> bool:
        """Start one more, which serves who waits once it is ready. Returns whether a process could be had."""
        try:
            slot = self._start()
        except UnavailableError as error:
            log("error", "no environment can be started", function=self.function.name, reason=str(error))
            self._put_off()
            if not self._slots:  # else a busy one will do
                self._fail_first(error)
            return False
        self._later(self._prepare_and_give(slot))
        return True

    async def _prepare_and_give(self, slot: Slot) -> None:
        try:
            await self._prepare(slot)
        except InitFailedError as error:
            # As on Lambda, each invocation of a function that cannot be loaded tries anew and is told why it cannot.
            # Source that was changed meanwhile says nothing of what is there now.
            if not slot.is_stale:
                self._fail_first(error)
            self._grow_for_waiting()
        else:
            self._give(slot)

    async def _prepare(self, slot: Slot) -> None:
        try:
            await slot.prepare()
        except InitFailedError as error:
            if not (slot.is_stale or self._stopping):
                self._cannot_load = True
                log("error", "the function cannot be loaded", function=self.function.name, reason=error.outcome.message)
            self._leave(slot)
            self._let_go(slot)
            raise
        self._cannot_load = False
        self._changed()

    def _start(self) -> Slot:
        if self._stopping:
            raise UnavailableError("all is stopping")
        number = next(number for number in range(1, len(self._slots) + 2) if number not in self._slots)
        name, file = self._places.of(number)
        try:
            slot = Slot(number, name, self.function, self._factory(name, file), LogFile(file), self._measures)
        except OSError as error:
            raise UnavailableError(f"no environment of {self.function.name} can be started: {error}") from error
        self._slots[number] = slot
        if number in self._died:
            self._died.remove(number)
            self._restarts[number] += 1
        self._changed()
        return slot

    def _record(self, number: int) -> EnvironmentRecord:
        name, _ = self._places.of(number)
        slot = self._slots.get(number)
        restarts = self._restarts[number]
        if slot is None:
            return EnvironmentRecord(name, None, "restarting", restarts)
        return EnvironmentRecord(name, slot.environment.pid, "ready" if slot.is_ready else "starting", restarts)

    def _fail_first(self, error: Exception) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(error)
                return

    def _ended_idle(self, slot: Slot) -> None:
        log("warning", "an environment ended while it was idle", environment=slot.name)
        self._idle.remove(slot)
        self._put_off(time.monotonic() - slot.started_s)
        self._discard(slot)

    def _put_off(self, ran_s: float = 0.0) -> None:
        """One that ends again and again by itself is not started again and again at once."""
        self._refill_at_s = time.monotonic() + self._backoff.wait_after(ran_s)

    def _discard(self, slot: Slot) -> None:
        self._leave(slot)
        self._end_later(slot)

    def _leave(self, slot: Slot) -> None:
        """It counts no more: another may have its number. It may still have an invocation to finish."""
        if self._slots.get(slot.number) is slot:
            del self._slots[slot.number]
            if not (slot.is_stale or slot.environment.is_usable):  # no reload, and not one that was idle for long
                self._died.add(slot.number)
            self._leaving.add(slot)
            self._changed()

    def _end_later(self, slot: Slot) -> None:
        self._later(self._end(slot))

    async def _end(self, slot: Slot) -> None:
        await slot.environment.end(_ENDING_S_MAX)
        self._let_go(slot)

    def _let_go(self, slot: Slot) -> None:
        self._sources |= slot.environment.source_files
        self._leaving.discard(slot)
        slot.close()

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
