"""`down`: stop everything and return once nothing of it is left."""

import argparse
import time
from contextlib import suppress

import psutil

from local.cli.errors import CommandError
from local.paths import DataDirectory
from local.state import SystemState, data_directory, end_orphans, orphans, read_state

_STOP_SECONDS_MAX = 60.0
_POLL_SECONDS = 0.05


def command(given: argparse.Namespace) -> int:
    """Stop the system of the data directory; nothing running is not an error."""
    data = data_directory(given.data)
    state = read_state(data)
    if state is None or not (state.is_alive() or orphans(state)):
        print(f"Nothing is up in {data.path}.")
        return 0
    left = stop(data, state)
    if left:
        raise CommandError(f"these could not be stopped: {', '.join(left)}")
    data.state_file.unlink(missing_ok=True)
    print("Recours is down.")
    return 0


def stop(data: DataDirectory, state: SystemState) -> list[str]:
    """Ask the supervisor to stop everything, and do it ourselves where it cannot; return the names of what is left."""
    if state.is_alive():
        supervisor = psutil.Process(state.pid)
        with suppress(psutil.NoSuchProcess):
            supervisor.terminate()
        state = _wait(data, state)
        if state.is_alive():
            with suppress(psutil.NoSuchProcess):
                supervisor.kill()  # its children go with it
            supervisor.wait(_STOP_SECONDS_MAX)
    end_orphans(orphans(state))
    return [record.name for record in state.processes if record.is_alive()]


def _wait(data: DataDirectory, state: SystemState) -> SystemState:
    """Wait until the supervisor is gone, or for a minute; return the last that it told."""
    deadline = time.monotonic() + _STOP_SECONDS_MAX
    while state.is_alive() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        state = read_state(data) or state
    return state
