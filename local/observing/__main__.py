"""`python -m local.observing --data DIR --fd N`: the observer, on a socket that it inherited."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from local.environment.log import log
from local.environment.settings import parameters_from_environment
from local.environment.watchdog import hold_signals
from local.environment.worker.stopping import stop_on_signal
from local.paths import DataDirectory, put_layers_on_path

if TYPE_CHECKING:
    from local.observing.history import Recorder

EVERY_S = 2.0
FIRST_START_S_MAX = 60.0  # a start that takes longer than this has failed


def observe(data: DataDirectory, fd: int, stop: threading.Event) -> None:
    """Measure every two seconds and answer, until `stop`."""
    from local.apigateway.serving import inherited
    from local.observing.answering import Server, handler_of
    from local.observing.own import own_metrics, own_text
    from local.observing.processes import Processes
    from local.observing.sampling import take_sample
    from local.observing.stores import watches
    from local.state import read_state

    state = read_state(data)
    recorder = _recorder(state.create_time if state else time.time())
    server = Server(inherited(fd), handler_of(recorder, own_text))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    for watch in watches(parameters_from_environment(), EVERY_S):
        watch.start()
    processes = Processes()
    for _ in _ticks(stop):
        state = read_state(data)
        try:
            processes.measure(state.processes if state else ())
            recorder.add(take_sample(data.run / "metrics", own_metrics()))
        except OSError as error:  # files come and go while environments do: the next look has them whole
            log("warning", "the metrics could not be read", reason=str(error))
    server.shutdown()


def _recorder(started: float) -> "Recorder":
    """What it keeps begins with the system: then nothing had been counted yet. A later observer knows no beginning."""
    from local.observing.history import Recorder
    from local.observing.series import Sample

    recorder = Recorder(started, EVERY_S)
    if time.time() - started < FIRST_START_S_MAX:
        recorder.add(Sample(started, {}))
    return recorder


def _ticks(stop: threading.Event) -> Iterator[None]:
    """Every EVERY_S seconds, by the clock: a slow look does not put off those after it."""
    at_s = time.monotonic()
    while True:
        yield
        at_s = max(at_s + EVERY_S, time.monotonic())
        if stop.wait(at_s - time.monotonic()):
            return


def main() -> int:
    """Read the command line and observe until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m local.observing", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the system's data directory")
    parser.add_argument("--fd", type=int, required=True, help="the listening socket that was inherited")
    given = parser.parse_args()
    hold_signals()
    put_layers_on_path()
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # its own metrics are of this process alone
    observe(DataDirectory(given.data), given.fd, stop_on_signal())
    return 0


if __name__ == "__main__":
    sys.exit(main())
