"""SIGTERM and SIGINT as an event, for a process that finishes what it has begun."""

import signal
import threading

from local.environment.watchdog import STOP_SIGNALS


def stop_on_signal() -> threading.Event:
    """An event that the first SIGTERM or SIGINT sets. The process has called `hold_signals`."""
    stop = threading.Event()

    def wait() -> None:
        while True:
            signal.sigwait(STOP_SIGNALS)
            stop.set()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stop
