"""`python -m local.serving.lambda_poller`: the event source mapping of a function that runs on Lambda.

What `python -m local.pollers` is on a laptop, with the Invoke API in place of child processes.
"""

import argparse
import logging
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

from local.environment.log import JsonLines, log
from local.environment.settings import parameters_from_environment
from local.environment.start import end_process
from local.environment.watchdog import hold_signals
from local.environment.worker.stopping import stop_on_signal
from local.pollers.__main__ import POLLER_LAYERS, PollerError, make_poller, metadata_of, redis_url
from local.template import TemplateError, load_template


def poll(template: Path, name: str, invoked: str, checkpoints: Path, stop: threading.Event, *, alone: bool) -> None:
    """Poll until `stop`, invoking `invoked` (a name or an ARN). Raises whatever makes going on impossible.

    `alone`: who started this process knows that the one before it is gone.
    """
    from local.serving.lambda_invoke import LambdaInvoker, lambda_client
    from streams.mapping import EventSourceMapping

    parameters = parameters_from_environment()
    function = load_template(template, parameters).function(name)
    mapping = EventSourceMapping.from_metadata(name, metadata_of(function))
    invoker = LambdaInvoker(lambda_client(function.timeout_s, mapping.lanes), invoked)
    poller = make_poller(mapping, redis_url(parameters), invoker.invoke, checkpoints)
    if not alone:  # a container is replaced by the next one, which may be there before the last is gone
        poller.stand_by(stop)
    poller.run(stop)


def main() -> NoReturn:
    """Read the command line and poll; exit with 0 after SIGTERM or SIGINT, else with 1."""
    parser = argparse.ArgumentParser(prog="python -m local.serving.lambda_poller", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--function", required=True, help="its name in the template")
    parser.add_argument("--invoked", required=True, help="its name or ARN on Lambda")
    parser.add_argument("--checkpoints", type=Path, required=True, help="the folder of the groups' checkpoints")
    parser.add_argument("--alone", action="store_true", help="begin at once: nobody else polls for this function")
    given = parser.parse_args()
    hold_signals()
    logging.basicConfig(level=logging.WARNING, handlers=[JsonLines()])
    sys.path.extend(str(layer) for layer in POLLER_LAYERS if str(layer) not in sys.path)
    try:
        poll(given.template, given.function, given.invoked, given.checkpoints, stop_on_signal(), alone=given.alone)
    except (PollerError, TemplateError) as error:
        log("error", "the poller cannot start", function=given.function, reason=str(error))
    except Exception as error:  # noqa: BLE001  the last word of this process: logged, and the exit code tells
        trace = "".join(traceback.format_exception(error))
        log("error", "the poller stopped", function=given.function, reason=str(error), trace=trace)
    else:
        end_process(0)
    end_process(1)


if __name__ == "__main__":
    main()
