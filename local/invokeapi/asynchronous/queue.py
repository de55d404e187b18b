"""`AsynchronousInvocations`: takes events, acknowledges them once they are on disk, and sees them to their end.

A crash at any moment may have an event handled twice; it loses none. What is decided of an event is written before the
event is let go of, and an attempt that was under way when the process died is made again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from local.environment.log import log
from local.invokeapi.asynchronous.delays import Delays
from local.invokeapi.asynchronous.ends import Ends
from local.invokeapi.asynchronous.records import Condition
from local.invokeapi.asynchronous.settings import EventInvokeSettings, settings_of
from local.invokeapi.asynchronous.store import EventStore, StoreError, WaitingEvent
from local.runtime.contract import (
    Functions,
    Invocation,
    Outcome,
    ThrottledError,
    UnavailableError,
    UnknownFunctionError,
)
from local.template import Template

T = TypeVar("T")

RUNNING_MAX = 4
"""Events of one function at once: who waits for an answer must find an environment, too."""
LOOK_EVERY_S = 15.0
"""A laptop that slept has another time than its timers: so often the wall clock is asked."""
PAUSE_S = 1.0
"""After a failure to write or read."""


class QueueError(Exception):
    """An event could not be written to disk, and is not accepted."""


class AsynchronousInvocations:
    """The queue of all functions of a template. All methods are called from one event loop."""

    def __init__(
        self,
        folder: Path,
        template: Template,
        functions: Functions,
        written: Mapping[str, Mapping[str, object]],
        *,
        delays: Delays | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Raises StoreError, TemplateError.

        `folder` keeps the events, and the records of those that were given up. `written` has the `EventInvokeConfig`
        of the functions that have one, by logical id; the others have Lambda's defaults.
        """
        self._settings = settings_of(template, written)
        self._store = EventStore(folder / "events.db")
        # One thread: the store's changes come one after the other, and the event loop waits for no disk.
        self._thread = ThreadPoolExecutor(1, "asynchronous-events")
        self._ends = Ends(template, folder / "failed")
        self._functions = functions
        self._delays = delays or Delays()
        self._now_s = now_s
        self._running: dict[str, WaitingEvent] = {}
        self._changed = asyncio.Event()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    def settings(self, function: str) -> EventInvokeSettings:
        """What becomes of the events of the function with that logical id."""
        return self._settings.get(function, EventInvokeSettings())

    async def accept(self, function: str, request_id: str, payload: bytes) -> None:
        """Return once the event is on disk. Raises QueueError: then it is not handled."""
        if self._is_stopping:
            raise QueueError("the emulator is stopping")
        now_s = self._now_s()
        event = WaitingEvent(request_id, function, payload, accepted_s=now_s, due_s=now_s)
        try:
            await self._in_thread(lambda: self._store.add(event))
        except StoreError as error:
            raise QueueError(str(error)) from error
        self._changed.set()

    async def count(self) -> int:
        """How many events wait or are being handled. Raises StoreError."""
        return await self._in_thread(self._store.count)

    def start(self) -> None:
        """Begin to handle what waits, that of an earlier process included."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self, grace_s: float) -> None:
        """Begin with nothing more, and let what is being handled finish for so long.

        What does not is handled again after the next start.
        """
        if self._is_stopping:
            return
        self._is_stopping = True
        self._changed.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=grace_s)
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while not self._is_stopping:
                self._changed.clear()
                try:
                    wait_s = await self._begin_due(tasks)
                except StoreError as error:
                    log("error", "the asynchronous events cannot be read", reason=str(error))
                    wait_s = PAUSE_S
                if not self._is_stopping:
                    # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the change.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait_s):
                            await self._changed.wait()

    async def _begin_due(self, tasks: asyncio.TaskGroup) -> float:
        """Begin with what is due; return for how many seconds nothing else is."""
        now_s = self._now_s()
        running = list(self._running.values())
        for event in await self._in_thread(lambda: self._store.due(now_s, running, RUNNING_MAX)):
            self._running[event.request_id] = event
            tasks.create_task(self._see_to(event))
        next_s = await self._in_thread(lambda: self._store.next_due(now_s))
        return LOOK_EVERY_S if next_s is None else min(max(next_s - self._now_s(), 0.0), LOOK_EVERY_S)

    async def _see_to(self, event: WaitingEvent) -> None:
        """One attempt, or the end, of one event."""
        try:
            await self._attempt(event)
        except Exception as error:  # noqa: BLE001  one event's failure must not end the others' handling
            log("error", "an asynchronous event could not be seen to", **_facts(event), reason=repr(error))
            await self._postpone(event)
        finally:
            del self._running[event.request_id]
            self._changed.set()

    async def _attempt(self, event: WaitingEvent) -> None:
        settings = self.settings(event.function)
        if settings.is_stopped:
            await self._settle(event, Condition.ZERO_RESERVED_CONCURRENCY, None)
        elif self._now_s() - event.accepted_s > settings.age_s_max:
            await self._settle(event, Condition.EVENT_AGE_EXCEEDED, None)
        else:
            await self._invoke(event, settings)

    async def _invoke(self, event: WaitingEvent, settings: EventInvokeSettings) -> None:
        try:
            invoked = await self._functions.invoke(event.function, Invocation(event.request_id, event.payload))
        except (ThrottledError, UnavailableError, UnknownFunctionError):
            # A function that the template has no more may be back after the next edit.
            await self._postpone(event)
            return
        attempted = replace(event, attempts=event.attempts + 1)
        if not invoked.outcome.is_error:
            await self._settle(attempted, Condition.SUCCESS, invoked.outcome)
        elif attempted.attempts > settings.retries_max:
            await self._settle(attempted, Condition.RETRIES_EXHAUSTED, invoked.outcome)
        else:
            await self._retry(attempted, invoked.outcome)

    async def _retry(self, event: WaitingEvent, outcome: Outcome) -> None:
        wait_s = self._delays.after_errors(event.attempts)
        facts = _facts(event) | {"error": outcome.error_type, "retry_in_s": wait_s}
        log("warning", "an asynchronous invocation failed and is tried again", **facts)
        await self._put_back(replace(event, due_s=self._now_s() + wait_s))

    async def _postpone(self, event: WaitingEvent) -> None:
        """The function was not invoked, which is no attempt: until the event is too old."""
        postponed = event.postponed + 1
        due_s = self._now_s() + self._delays.after_postponements(postponed)
        await self._put_back(replace(event, postponed=postponed, due_s=due_s))

    async def _settle(self, event: WaitingEvent, condition: Condition, outcome: Outcome | None) -> None:
        """Tell who is to be told, then forget the event: one that is told twice is better than one that is not."""
        if condition is not Condition.SUCCESS:
            error = outcome.error_type if outcome is not None else ""
            log("error", "an asynchronous event was given up", **_facts(event), condition=condition.value, error=error)
        now_s = self._now_s()
        settings = self.settings(event.function)
        follow_up = await self._until_written(
            lambda: self._ends.tell(event, settings, condition, outcome, now_s), event
        )
        await self._until_written(
            lambda: self._in_thread(lambda: self._store.remove(event.request_id, follow_up)), event
        )

    async def _put_back(self, event: WaitingEvent) -> None:
        await self._until_written(lambda: self._in_thread(lambda: self._store.put_back(event)), event)

    async def _until_written(self, write: Callable[[], Awaitable[T]], event: WaitingEvent) -> T:
        """Try until it is done: what is decided of an event must not be lost to a disk that is full for a while."""
        while True:
            try:
                return await write()
            except (StoreError, OSError) as error:
                log("error", "what became of an event cannot be written", **_facts(event), reason=str(error))
                await asyncio.sleep(PAUSE_S)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _facts(event: WaitingEvent) -> dict[str, object]:
    """What the log may tell of an event: no part of it."""
    return {"function": event.function, "function_request_id": event.request_id, "attempts": event.attempts}
