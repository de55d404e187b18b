"""The environments of one function, invoked from as many threads as there are environments."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import LifoQueue
from uuid import uuid4

from local.environment.worker import frames
from local.environment.worker.child import Child, ChildGoneError
from local.runtime.memory import MemoryMeter
from local.runtime.metrics import FunctionMeasures
from local.supervisor.backoff import Backoff
from streams.errors import FunctionError, ThrottledError

logger = logging.getLogger(__name__)

_END_S_MAX = 2.0
_TRIES = 2


class EnvironmentPool:
    """`size` environments, each a child process. `spawn` starts one; `stop` tells that no new one is to be started."""

    def __init__(
        self,
        function: str,
        spawn: Callable[[], Child],
        size: int,
        stop: threading.Event,
        memory_mb: int | None = None,
    ) -> None:
        """`function`: its name in the metrics; `memory_mb`: what it has, which they tell too."""
        self._measures = FunctionMeasures(function, memory_mb)
        # A child dies with the thread that started it, so one thread, which lives as long as we do, starts them all.
        self._starter = ThreadPoolExecutor(1, "environment-starter")
        self._slots = [_Slot(lambda: self._starter.submit(spawn).result(), stop, self._measures) for _ in range(size)]
        # The one that was used last goes first: the others stay idle, as on Lambda.
        self._idle: LifoQueue[_Slot] = LifoQueue()

    def start(self) -> None:
        """Start all of them, and return before they have loaded the function."""
        for slot in reversed(self._slots):
            slot.warm()
            self._idle.put(slot)

    def wait_ready(self) -> None:
        """Return once one is ready, or stopping began. Raises FunctionError where the function cannot be loaded."""
        with suppress(ThrottledError):
            self._slots[0].ready_child()

    def invoke(self, event: object) -> object:
        """Invoke the function in any idle environment and return what it returned.

        Raises FunctionError where it failed, timed out, or its process ended; ThrottledError where it was not invoked
        because no process could be started, or because stopping has begun.
        """
        request_id = str(uuid4())
        try:
            frame = frames.encode({"request_id": request_id, "event": event})
        except frames.FrameError as error:
            raise FunctionError("InvalidRequestContentException", str(error)) from error
        slot = self._idle.get()
        self._count_environments()
        try:
            return slot.invoke(frame, request_id)
        except ThrottledError:
            self._measures.refused("unavailable")
            raise
        finally:
            self._idle.put(slot)
            self._count_environments()
            self._measures.memory(max(one.memory_bytes for one in self._slots))

    @property
    def source_files(self) -> frozenset[Path]:
        """What its environments have imported of the function's code and layers."""
        return frozenset[Path]().union(*(slot.source_files for slot in self._slots))

    @property
    def started_ns(self) -> int:
        """When the first of its environments started, in nanoseconds since the epoch; now where there is none."""
        children = [slot.child for slot in self._slots if slot.child is not None]
        return min((child.started_ns for child in children), default=time.time_ns())

    def _count_environments(self) -> None:
        busy = len(self._slots) - self._idle.qsize()
        starting = sum(slot.child is None or not slot.child.is_ready for slot in self._slots)
        self._measures.environments(starting=starting, idle=max(len(self._slots) - busy - starting, 0), busy=busy)

    def reload(self) -> None:
        """Have every next invocation run in a new process; those in flight finish in the old ones."""
        for slot in self._slots:
            slot.is_stale = True

    def close(self) -> None:
        """End all of them. Call it when nothing is in flight: what is gets two seconds."""
        children = [slot.child for slot in self._slots if slot.child is not None]
        for child in children:
            child.hang_up()
        deadline_s = time.monotonic() + _END_S_MAX
        for child in children:
            child.end(max(deadline_s - time.monotonic(), 0.0))
        self._starter.shutdown()


class _Slot:
    """One environment: a child, and the next one after its end."""

    def __init__(self, spawn: Callable[[], Child], stop: threading.Event, measures: FunctionMeasures) -> None:
        self._measures = measures
        self._meter: MemoryMeter | None = None
        self._spawn = spawn
        self._stop = stop
        self._backoff = Backoff()
        self._not_before_s = 0.0
        self.child: Child | None = None
        self.is_stale = False
        self.source_files: frozenset[Path] = frozenset()
        self.memory_bytes = 0
        """What its child had after the last invocation."""

    def warm(self) -> None:
        """Start a child where there is none, and do not wait for it."""
        if self._stop.is_set():
            return
        try:
            self.child = self._spawn()
        except OSError as error:
            self._put_off()
            logger.warning("no environment could be started", extra={"error": str(error)})

    def invoke(self, frame: bytes, request_id: str) -> object:
        """See EnvironmentPool.invoke."""
        self._end_stale()
        for _ in range(_TRIES):
            child = self._child_for_invocation()
            try:
                return self._measured(child, frame, request_id)
            except ChildGoneError as error:
                logger.warning("an environment is started again", extra={"reason": str(error)})
                self.child = None
            except FunctionError:
                if not child.is_usable:
                    self.child = None
                    self.warm()  # it loads while the poller waits to try again
                raise
            finally:
                self.source_files |= child.source_files
        raise ThrottledError("the function's environments end as soon as they are idle")

    def _child_for_invocation(self) -> Child:
        try:
            return self.ready_child()
        except FunctionError:
            self._measures.refused("init_error")
            raise

    def _measured(self, child: Child, frame: bytes, request_id: str) -> object:
        began_s = time.perf_counter()
        try:
            result = child.invoke(frame, request_id)
        except FunctionError as error:
            self._ended(error.error_type, began_s)
            raise
        self._ended("", began_s)
        return result

    def _ended(self, error_type: str, began_s: float) -> None:
        self._measures.ended(error_type, time.perf_counter() - began_s)
        self.memory_bytes = self._meter.measure_bytes() if self._meter is not None else 0

    def ready_child(self) -> Child:
        """A child that has loaded the function, started where there was none. Raises FunctionError, ThrottledError."""
        if self.child is None:
            self._stop.wait(max(self._not_before_s - time.monotonic(), 0.0))
            self.warm()
        child = self.child
        if child is not None and not child.is_ready:
            self._load(child)
        if child is None or not child.is_ready:
            raise ThrottledError("no environment could be started, or stopping has begun")
        return child

    def _end_stale(self) -> None:
        """Its source was saved since it was loaded: the next one reads what is there now."""
        if self.is_stale and self.child is not None:
            self.child.hang_up()
            self.child.end(_END_S_MAX)
            self.child = None
            self._backoff, self._not_before_s = Backoff(), 0.0
        self.is_stale = False

    def _load(self, child: Child) -> None:
        try:
            child.wait_ready(self._stop)
        except FunctionError:
            self.child = None
            self._put_off()
            raise
        if child.is_ready:
            self._measures.loaded((time.time_ns() - child.started_ns) / 1e9)
            self._watch_memory(child)
        self.source_files |= child.source_files
        self._backoff = Backoff()

    def _watch_memory(self, child: Child) -> None:
        if self._meter is not None:
            self._meter.close()
        self._meter = MemoryMeter(child.pid)

    def _put_off(self) -> None:
        self._not_before_s = time.monotonic() + self._backoff.wait_after(ran_seconds=0.0)
