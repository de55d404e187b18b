"""Run one function once, in this process: what `./recours invoke FUNCTION --event FILE` does in a fresh one."""

import resource
import sys
import time
from uuid import uuid4

from local.environment.ending import end_process
from local.environment.handler import load_handler
from local.environment.invocation import Environment
from local.environment.prepare import prepare_process
from local.environment.watchdog import Watchdog, timed_out
from local.template import Function


def invoke_function(function: Function, event: dict[str, object]) -> object:
    """Prepare the process, import the handler, invoke it with the event, and return what it returned.

    Writes Lambda's START, END and REPORT lines to standard error, with the real durations (milliseconds)
    and the process's largest memory (MB). Raises HandlerError where the handler cannot be loaded, FunctionError
    (its cause is the handler's exception) where it raised. A timeout ends the process with exit code 1.
    """
    began_s = time.perf_counter()
    prepare_process(function)
    handler = load_handler(function.handler)
    init_ms = _since_ms(began_s)
    request_id = str(uuid4())
    watchdog = Watchdog.for_one_invocation(function.timeout_s, lambda stack: _timed_out(function, request_id, stack))
    _say(f"START RequestId: {request_id} Version: $LATEST")
    began_s = time.perf_counter()
    try:
        return Environment(function, handler, watchdog).invoke(event, request_id)
    finally:
        _report(function, request_id, _since_ms(began_s), init_ms)


def _timed_out(function: Function, request_id: str, stack: str) -> None:
    _say(f"{stack}{request_id} {timed_out(function.timeout_s)}")
    _report(function, request_id, function.timeout_s * 1000.0, None)
    end_process(1)


def _report(function: Function, request_id: str, duration_ms: float, init_ms: float | None) -> None:
    facts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {_memory_mb()} MB",
    ]
    if init_ms is not None:
        facts.append(f"Init Duration: {init_ms:.2f} ms")
    _say(f"END RequestId: {request_id}")
    _say("\t".join(facts))


def _since_ms(began_s: float) -> float:
    return (time.perf_counter() - began_s) * 1000


def _memory_mb() -> int:
    """The largest resident size so far. Linux counts in KiB, macOS in bytes."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest // (1024 * 1024) if sys.platform == "darwin" else largest // 1024


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
