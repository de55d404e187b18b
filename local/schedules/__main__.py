"""`python -m local.schedules --template FILE --function NAME --announce FILE`: the schedules of one function.

The function's code runs in a child of this process. The first time of `rate(1 minute)` is a minute after the start.
"""

import argparse
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from local.environment.ending import work_to_the_end
from local.environment.log import JsonLines
from local.environment.settings import template_from
from local.environment.watchdog import hold_signals
from local.environment.worker.stopping import stop_on_signal
from local.faults.process import Invoke, faults_of_this_process
from local.paths import ROOT
from local.supervisor.announcement import announce
from local.template import Function, TemplateError

if TYPE_CHECKING:
    from streams.clock import Clock


def keep_schedules(
    template: Path,
    name: str,
    announcement: Path,
    stop: threading.Event,
    clock: "Clock | None" = None,
    wait: Callable[[float], bool] | None = None,
    debug_port: int | None = None,
    recorded: Path | None = None,
) -> None:
    """Invoke the function at its times until `stop`. `clock` and `wait` are those of ScheduleRunner.

    Raises TemplateError; FunctionError where the function cannot be loaded.
    """
    from local.environment.worker.child import Child
    from local.environment.worker.pool import EnvironmentPool
    from local.environment.worker.reloading import reload_when_saved
    from local.recording.batches import recording

    function = scheduled_function(template, name)
    pool = EnvironmentPool(
        function.name, lambda: Child.spawn(template, function, debug_port), 1, stop, function.memory_mb
    )
    pool.start()
    reload_when_saved(pool, name, stop)
    try:
        pool.wait_ready()
        run_schedules(function, recording(pool.invoke, recorded, name), announcement, stop, clock, wait)
    finally:
        pool.close()


def scheduled_function(template: Path, name: str) -> Function:
    """The function of that name. Raises TemplateError where it has no schedule."""
    function = template_from(template).function(name)
    if not function.schedules:
        raise TemplateError(f"{name}: it has no Schedule event that is enabled")
    return function


def run_schedules(
    function: Function,
    invoke: Invoke,
    announcement: Path,
    stop: threading.Event,
    clock: "Clock | None" = None,
    wait: Callable[[float], bool] | None = None,
) -> None:
    """Leave word that all is ready, and invoke at the function's times until `stop`."""
    from local.schedules.runner import ScheduleRunner
    from streams.clock import SystemClock

    invoking = faults_of_this_process(function.name, "schedule").around_invoke(invoke)
    runner = ScheduleRunner(function.schedules, invoking, clock or SystemClock(), wait or stop.wait)
    announce(announcement, first_due=runner.next_due.isoformat() if runner.next_due else None)
    runner.run()


def keep_schedules_on_lambda(
    template: Path, name: str, invoked: str, announcement: Path, stop: threading.Event
) -> None:
    """As `keep_schedules`, through the Lambda Invoke API, where `invoked` is the function's name."""
    from local.environment.remote import LambdaInvoker, lambda_client

    function = scheduled_function(template, name)
    invoker = LambdaInvoker(lambda_client(function.timeout_s, 1), invoked)
    run_schedules(function, invoker.invoke, announcement, stop)


def main() -> NoReturn:
    """Read the command line and keep the schedules; exit with 0 after SIGTERM or SIGINT, else with 1."""
    parser = argparse.ArgumentParser(prog="python -m local.schedules", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--announce", type=Path, required=True, help="where to leave word once the function is loaded")
    parser.add_argument("--debug", type=int, metavar="PORT", help="let a debugger attach to the function there")
    parser.add_argument("--record", type=Path, metavar="DIR", help="put fixtures of its events there")
    parser.add_argument("--invoked", help="invoke it through the Lambda Invoke API, under this name or ARN")
    given = parser.parse_args()
    hold_signals()
    logging.basicConfig(level=logging.WARNING, handlers=[JsonLines()])
    sys.path.extend(str(ROOT / "layers" / name / "python") for name in ("streams", "metrics"))
    stop = stop_on_signal()

    def work() -> None:
        told = (given.template, given.function)
        if given.invoked is not None:
            keep_schedules_on_lambda(*told, given.invoked, given.announce, stop)
        else:
            keep_schedules(*told, given.announce, stop, debug_port=given.debug, recorded=given.record)

    work_to_the_end(work, "schedule", given.function, (TemplateError,))


if __name__ == "__main__":
    main()
