"""`python -m local.pollers --template FILE --function NAME`: the event source mapping of one function."""

import argparse
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from local.environment.invocation import Environment, FunctionError
from local.environment.log import JsonLines, log
from local.environment.settings import parameters_from_environment
from local.environment.start import end_process, load_function
from local.environment.watchdog import Watchdog, hold_signals, timed_out
from local.paths import ROOT
from local.pollers.connection import connect
from local.template import Function

# The mapping is the emulator's part, as Lambda's is AWS's: the function itself need not name these layers.
POLLER_LAYERS = tuple(ROOT / "layers" / name / "python" for name in ("streams", "metrics", "envelope"))
REDIS_PARAMETER = "RedisUrl"


class Process:
    """A poller, the environment that it invokes, and the watchdog of both."""

    def __init__(self, template: Path, name: str) -> None:
        parameters = parameters_from_environment()  # before the process becomes the function's and forgets them
        self._function, handler = load_function(template, name)
        self._mapping, self._url = _subscription(self._function, parameters)
        self._stop = threading.Event()
        self._watchdog = Watchdog(
            self._function.timeout_s,
            on_timeout=self._on_timeout,
            on_stop=self._stop.set,
            on_cut=lambda: None,
            grace_s=None,  # the invocation in flight finishes, within its own timeout
        )
        self._environment = Environment(self._function, handler, self._watchdog)

    def run(self) -> NoReturn:
        """Poll until SIGTERM, then exit with 0; with 1 after a timeout or where the poller itself had to stop."""
        sys.path.extend(str(layer) for layer in POLLER_LAYERS if str(layer) not in sys.path)
        from local.pollers.observing import Observer
        from streams.mapping import EventSourceMapping
        from streams.poller import Poller

        self._watchdog.start()
        try:
            mapping = EventSourceMapping.from_metadata(self._function.name, self._mapping)
            redis = connect(self._url)
            observe = Observer(redis, mapping)
            Poller(redis, mapping, self._invoke, consumer=self._function.name, observe=observe).run(self._stop)
        except Exception as error:  # noqa: BLE001  the last word of this process: logged, and the exit code tells
            log("error", "the poller stopped", function=self._function.name, reason=str(error), trace=_trace(error))
            end_process(1)
        end_process(0)

    def _invoke(self, batch: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Invoke with one batch. What the handler raised is raised here, for the poller to deliver again."""
        try:
            answer = self._environment.invoke(batch, str(uuid4()))
        except FunctionError as error:
            cause = error.__cause__
            # sys.exit in a handler is its failure: it must not end the poller as if that had been asked for.
            raise cause if isinstance(cause, Exception) else error from None
        if answer is not None and not isinstance(answer, Mapping):
            raise TypeError(f"a batch handler returns an object or nothing, not {type(answer).__name__}")
        return answer

    def _on_timeout(self, stack: str) -> None:
        log("error", timed_out(self._function.timeout_s), function=self._function.name, trace=stack)
        end_process(1)


def _subscription(function: Function, parameters: Mapping[str, str]) -> tuple[Mapping[str, object], str]:
    """The function's mapping and the log's URL; ends the process where one is missing."""
    if function.mapping is None:
        log("error", "the function has no Metadata.EventSourceMapping", function=function.name)
        end_process(1)
    if REDIS_PARAMETER not in parameters:
        log("error", "the poller needs the parameter RedisUrl", function=function.name)
        end_process(1)
    return function.mapping, parameters[REDIS_PARAMETER]


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def main() -> NoReturn:
    """Read the command line and poll."""
    parser = argparse.ArgumentParser(prog="python -m local.pollers", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True)
    arguments = parser.parse_args()
    hold_signals()
    logging.basicConfig(level=logging.WARNING, handlers=[JsonLines()])
    Process(arguments.template, arguments.function).run()


if __name__ == "__main__":
    main()
