"""The observer, on a socket that it inherited: measures every two seconds, and answers what it has seen."""

import argparse
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from prometheus_client import disable_created_metrics

from local.apigateway.serving import inherited
from local.environment.log import log
from local.environment.settings import parameters_from_environment
from local.environment.worker.stopping import stop_on_signal
from local.observing.answering import Server, handler_of
from local.observing.compacting import compact_below
from local.observing.history import Recorder
from local.observing.own import own_metrics, own_text
from local.observing.processes import Processes
from local.observing.sampling import Sampler
from local.observing.series import Sample
from local.observing.stores import watches
from local.paths import DataDirectory
from local.state import SystemState, read_state

EVERY_S = 2.0
LOOKS_A_COMPACTION = 30
FIRST_START_S_MAX = 60.0  # a start that takes longer than this has failed


class Observer:
    """Looks at the processes, the stores and the metrics of one system."""

    def __init__(self, data: DataDirectory, state: SystemState | None) -> None:
        self._data = data
        self._metrics = data.run / "metrics"
        self._sampler = Sampler(self._metrics)
        self._processes = Processes()
        self._stores = watches(parameters_from_environment(), EVERY_S)
        self.recorder = _recorder(state.create_time if state else time.time())
        for store in self._stores:
            store.start()

    def look(self, number: int) -> None:
        """The look of that number, from 0 on. Raises OSError where files went away while they were read."""
        if number % LOOKS_A_COMPACTION == 0:
            compact_below(self._metrics)
        state = read_state(self._data)
        self._processes.measure(state.processes if state else ())
        for store in self._stores:
            store.check(time.monotonic())
        self.recorder.add(self._sampler.take(own_metrics()))


def observe(data: DataDirectory, fd: int, stop: threading.Event) -> None:
    """Look and answer until `stop`."""
    observer = Observer(data, read_state(data))
    server = Server(inherited(fd), handler_of(observer.recorder, own_text))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    for number in _ticks(stop):
        try:
            observer.look(number)
        except OSError as error:  # files come and go while environments do: the next look has them whole
            log("warning", "the metrics could not be read", reason=str(error))
    server.shutdown()


def main() -> int:
    """Read the command line and observe until SIGTERM or SIGINT. The process has called `hold_signals`."""
    parser = argparse.ArgumentParser(prog="python -m local.observing", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the system's data directory")
    parser.add_argument("--fd", type=int, required=True, help="the listening socket that was inherited")
    given = parser.parse_args()
    disable_created_metrics()  # type: ignore[no-untyped-call]
    observe(DataDirectory(given.data), given.fd, stop_on_signal())
    return 0


def _recorder(started: float) -> Recorder:
    """What it keeps begins with the system: then nothing had been counted yet. A later observer knows no beginning."""
    recorder = Recorder(started, EVERY_S)
    if time.time() - started < FIRST_START_S_MAX:
        recorder.add(Sample(started, {}))
    return recorder


def _ticks(stop: threading.Event) -> Iterator[int]:
    """0, 1, 2, … every EVERY_S seconds, by the clock: a slow look does not put off those after it."""
    at_s = time.monotonic()
    for number in count():
        yield number
        at_s = max(at_s + EVERY_S, time.monotonic())
        if stop.wait(at_s - time.monotonic()):
            return
