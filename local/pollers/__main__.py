"""`python -m local.pollers --template FILE --function NAME`: the event source mapping of one function.

This process reads the stream and keeps the order; the function's code runs in children of it, one a lane.
"""

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from local.environment.ending import work_to_the_end
from local.environment.log import JsonLines
from local.environment.settings import parameters_from_environment
from local.environment.watchdog import hold_signals
from local.environment.worker.stopping import stop_on_signal
from local.faults.process import faults_of_this_process
from local.paths import ROOT
from local.template import Function, TemplateError, load_template

if TYPE_CHECKING:
    from local.environment.worker.pool import EnvironmentPool
    from streams.mapping import EventSourceMapping
    from streams.notices.destinations import Destination
    from streams.poller import Poller

# The mapping is the emulator's part, as Lambda's is AWS's: the function itself need not name these layers.
POLLER_LAYERS = tuple(ROOT / "layers" / name / "python" for name in ("streams", "metrics"))
REDIS_PARAMETER = "RedisUrl"


class PollerError(Exception):
    """The function cannot be polled for."""


def poll(
    template: Path,
    name: str,
    checkpoints: Path,
    stop: threading.Event,
    debug_port: int | None = None,
    recorded: Path | None = None,
    *,
    stand_by: bool = False,
) -> None:
    """Poll for one function until `stop`. Raises whatever makes going on impossible.

    `stand_by`: begin once nobody else polls under this name, where the one before may not be gone yet.
    """
    from local.recording.batches import recording

    function, mapping, url = what_to_poll(template, name)
    faults = faults_of_this_process(name, "poller")
    # Two processes cannot listen on one port: a debugger gets one environment, and what comes waits for it.
    lanes = mapping.lanes if debug_port is None else 1
    pool = start_pool(template, function, lanes, stop, debug_port)
    try:
        faults.wrap_steps()
        # Made while the children load the function: together these take as long as the longer of them.
        invoke = recording(pool.invoke, recorded, name)
        poller = make_poller(mapping, url, faults.around_invoke(invoke), checkpoints)
        # Connected means ready to whoever started us. So a function that cannot be loaded is told at the start, and
        # not by parking what waits for it; one that breaks later fails its batches, as on Lambda.
        pool.wait_ready()
        if stand_by:
            poller.stand_by(stop)
        poller.run(stop)
    finally:
        pool.close()


def poll_on_lambda(
    template: Path, name: str, invoked: str, checkpoints: Path, stop: threading.Event, *, stand_by: bool
) -> None:
    """As `poll`, for a function that runs on Lambda, where it goes by `invoked`: a name or an ARN."""
    from local.environment.remote import LambdaInvoker, lambda_client

    function, mapping, url = what_to_poll(template, name)
    invoker = LambdaInvoker(lambda_client(function.timeout_s, mapping.lanes), invoked)
    invoke = faults_of_this_process(name, "poller").around_invoke(invoker.invoke)
    poller = make_poller(mapping, url, invoke, checkpoints)
    if stand_by:
        poller.stand_by(stop)
    poller.run(stop)


def what_to_poll(template: Path, name: str) -> "tuple[Function, EventSourceMapping, str]":
    """The function, its mapping, and where the log is. Raises TemplateError, PollerError, MappingError."""
    from streams.mapping import EventSourceMapping

    parameters = parameters_from_environment()
    function = load_template(template, parameters).function(name)
    return function, EventSourceMapping.from_metadata(name, metadata_of(function)), redis_url(parameters)


def metadata_of(function: Function) -> Mapping[str, object]:
    """The mapping as the template has it. Raises PollerError where there is none."""
    if function.mapping is None:
        raise PollerError("the function has no Metadata.EventSourceMapping")
    return function.mapping


def redis_url(parameters: Mapping[str, str]) -> str:
    """Where the log is. Raises PollerError where nobody said."""
    if REDIS_PARAMETER not in parameters:
        raise PollerError(f"the poller needs the parameter {REDIS_PARAMETER}")
    return parameters[REDIS_PARAMETER]


def start_pool(
    template: Path, function: Function, size: int, stop: threading.Event, debug_port: int | None = None
) -> "EnvironmentPool":
    """Start the environments, and do not wait for them; they start anew when a source of theirs is saved."""
    from local.environment.worker.child import Child
    from local.environment.worker.pool import EnvironmentPool
    from local.environment.worker.reloading import reload_when_saved

    pool = EnvironmentPool(
        function.name, lambda: Child.spawn(template, function, debug_port), size, stop, function.memory_mb
    )
    pool.start()
    reload_when_saved(pool, function.name, stop)
    return pool


def make_poller(
    mapping: "EventSourceMapping", url: str, invoke: Callable[[object], object], checkpoints: Path
) -> "Poller":
    """The poller of a mapping, with its group's checkpoint kept below `checkpoints`."""
    from local.pollers.checkpoint_file import FileCheckpoint
    from local.pollers.connection import connect
    from local.pollers.observing import Observer
    from streams.poller import Poller

    redis = connect(url)
    return Poller(
        redis,
        mapping,
        batch_invoke(invoke),
        consumer=mapping.function,
        observe=Observer(redis, mapping),
        checkpoints=FileCheckpoint(checkpoints, redis, mapping.stream, mapping.group),
        destination=destination_of(mapping),
    )


def batch_invoke(invoke: Callable[[object], object]) -> Callable[[object], Mapping[str, Any] | None]:
    """Invoke with a batch; raises FunctionError for an answer that is neither an object nor nothing."""
    from streams.errors import FunctionError

    def invoke_batch(batch: object) -> Mapping[str, Any] | None:
        answer = invoke(batch)
        if answer is None or isinstance(answer, Mapping):
            return answer
        kind = type(answer).__name__
        raise FunctionError("Runtime.InvalidResponse", f"a batch handler returns an object or nothing, not {kind}")

    return invoke_batch


def destination_of(mapping: "EventSourceMapping") -> "Destination | None":
    """Who is told of what is given up. Its library is loaded only where the template names one."""
    if mapping.on_failure is None:
        return None
    from streams.notices.destinations import destination_for

    return destination_for(mapping.on_failure)


def main() -> NoReturn:
    """Read the command line and poll; exit with 0 after SIGTERM or SIGINT, else with 1."""
    parser = argparse.ArgumentParser(prog="python -m local.pollers", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--checkpoints", type=Path, required=True, help="the folder of the groups' checkpoints")
    parser.add_argument("--debug", type=int, metavar="PORT", help="let a debugger attach to the function there")
    parser.add_argument("--record", type=Path, metavar="DIR", help="put fixtures of its batches there")
    parser.add_argument("--invoked", help="invoke it through the Lambda Invoke API, under this name or ARN")
    parser.add_argument("--stand-by", action="store_true", help="begin once nobody else polls under this name")
    given = parser.parse_args()
    hold_signals()
    logging.basicConfig(level=logging.WARNING, handlers=[JsonLines()])
    sys.path.extend(str(layer) for layer in POLLER_LAYERS if str(layer) not in sys.path)
    stop = stop_on_signal()

    def work() -> None:
        told = (given.template, given.function)
        if given.invoked is not None:
            poll_on_lambda(*told, given.invoked, given.checkpoints, stop, stand_by=given.stand_by)
        else:
            poll(*told, given.checkpoints, stop, given.debug, given.record, stand_by=given.stand_by)

    work_to_the_end(work, "poller", given.function, (PollerError, TemplateError))


if __name__ == "__main__":
    main()
