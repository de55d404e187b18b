"""One place of a pool: an environment, its log, its memory, and the invocations that it has run."""

import time

from local.environment.log import log
from local.runtime.contract import ExecutionEnvironment, InitFailedError, Invocation, Invoked, Outcome
from local.runtime.log_file import LogFile
from local.runtime.memory import MemoryMeter
from local.runtime.metrics import FunctionMeasures
from local.runtime.reports import end_lines, start_line
from local.template import Function


class Slot:
    """Started by the pool; `prepare` once, then any number of `invoke`, one at a time."""

    def __init__(
        self,
        number: int,
        name: str,
        function: Function,
        environment: ExecutionEnvironment,
        log_file: LogFile,
        measures: FunctionMeasures,
    ) -> None:
        self.number = number
        self.name = name
        self.environment = environment
        self.is_ready = False
        self.is_stale = False
        """Its source was changed: it ends as soon as it is idle."""
        self.busy_with: str | None = None
        self.started_s = self.idle_since_s = time.monotonic()
        self.started_ns = time.time_ns()
        self._function = function
        self._log = log_file
        self._measures = measures
        self._meter = MemoryMeter(environment.pid)
        self._init_ms: float | None = None
        self._over_memory = False

    async def prepare(self) -> None:
        """Wait until the function is loaded. Raises InitFailedError."""
        began_s = time.perf_counter()
        try:
            await self.environment.initialize()
        except InitFailedError as error:
            took_ms = (time.perf_counter() - began_s) * 1000
            line = f"INIT_REPORT Init Duration: {took_ms:.2f} ms\tPhase: init\tStatus: error\t"
            self._log.write(f"{line}Error Type: {error.outcome.error_type}\n".encode())
            raise
        init_s = time.perf_counter() - began_s
        self._measures.loaded(init_s)
        self._init_ms = init_s * 1000
        self.is_ready = True

    async def invoke(self, invocation: Invocation) -> Invoked:
        """Run one invocation, between its START and its REPORT. Raises EnvironmentGoneError."""
        log_start = self._log.size() if invocation.wants_log else 0
        self._log.write(start_line(invocation.request_id))
        self.busy_with = invocation.request_id
        began_s = time.perf_counter()
        try:
            outcome = await self.environment.invoke(invocation)
        finally:
            self.busy_with = None
            self.idle_since_s = time.monotonic()
        duration_s = time.perf_counter() - began_s
        self._measures.ended(outcome.error_type, duration_s)
        return self._reported(invocation, outcome, duration_s * 1000, log_start)

    def check_memory(self) -> int:
        """End the environment where its process has more than the function's `MemorySize`, as Lambda's sandbox does.

        Returns what it has, in MB.
        """
        used_mb = self._meter.measure_mb()
        if used_mb > self._function.memory_mb and self.environment.is_usable:
            log(
                "error",
                "an environment used more memory than its function has",
                environment=self.name,
                used_mb=used_mb,
                memory_mb=self._function.memory_mb,
            )
            self._over_memory = True
            self.environment.kill()
        return used_mb

    def rotate_log(self) -> None:
        """Between two invocations."""
        self._log.rotate_if_large()

    def close(self) -> None:
        """Let go of the files; the environment has ended."""
        self._meter.close()
        self._log.close()

    def _reported(self, invocation: Invocation, outcome: Outcome, duration_ms: float, log_start: int) -> Invoked:
        if outcome.is_error:
            self._meter.measure_mb()
        else:
            self.check_memory()  # what this one has taken is not to be the end of the next
        init_ms, self._init_ms = self._init_ms, None
        if outcome.is_error:
            self._log.write(_told(invocation.request_id, outcome))
        memory_max_mb = self._meter.largest_mb
        lines = end_lines(
            invocation.request_id,
            duration_ms=duration_ms,
            init_ms=init_ms,
            memory_mb=self._function.memory_mb,
            # A sandbox cannot use more than it has; what our look found came after that.
            memory_max_mb=min(memory_max_mb, self._function.memory_mb),
            error_type="Runtime.OutOfMemory" if self._over_memory and outcome.is_error else outcome.error_type,
        )
        self._log.write(lines)
        tail = self._log.tail_since(log_start) if invocation.wants_log else b""
        return Invoked(outcome, invocation.request_id, duration_ms, init_ms, memory_max_mb, tail)


def _told(request_id: str, outcome: Outcome) -> bytes:
    """What Lambda's service itself says of an invocation that the runtime could not end; empty where it did."""
    if outcome.error_type not in ("Sandbox.Timedout", "Runtime.ExitError"):
        return b""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() * 1000) % 1000:03d}Z"
    message = outcome.message.removeprefix(f"RequestId: {request_id} Error: ")
    return f"{moment} {request_id} {message}\n".encode()
