"""One supervisor's life: take the data directory, start, wait for a signal, stop."""

import asyncio
import os
import signal
from contextlib import suppress

from local.paths import put_layers_on_path
from local.supervisor.errors import StartError
from local.supervisor.lock import take_lock
from local.supervisor.options import Options
from local.supervisor.progress import Progress, Report
from local.supervisor.system import System
from local.supervisor.urls import url_lines

INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(options: Options, report: Report) -> int:
    """Run the system until SIGINT, SIGTERM or SIGHUP; return the exit code.

    0 after a stop, 1 after a failed start, 130 when the signal came before all was ready.
    Call it from the main thread: the children die with the thread that started them. Raises AlreadyUpError.
    """
    put_layers_on_path()  # the migrations are the repositories layer's
    lock = take_lock(options.data)
    try:
        return asyncio.run(_live(System(options, report), report))
    finally:
        os.close(lock)


async def _live(system: System, report: Report) -> int:
    stop = _stop_event()
    waiting = asyncio.create_task(stop.wait())
    starting = asyncio.create_task(system.start())
    try:
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            for warning in system.warnings:
                report(Progress("note", "recours", warning))
            report(Progress("up", "recours", url_lines(system.urls, masked=system.is_external)))
            await waiting
        report(Progress("note", "recours", "is stopping"))
    except StartError as error:
        report(Progress("failed", "recours", str(error)))
        return 1
    else:
        return 0 if starting.done() else INTERRUPTED
    finally:
        await _end(starting)
        await system.stop()
        report(Progress("note", "recours", "is down"))


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancel the task and wait until it is over: nothing may be started while everything is being stopped."""
    task.cancel()
    with suppress(asyncio.CancelledError, StartError):
        await task


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for number in _STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
