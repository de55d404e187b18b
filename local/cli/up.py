"""`up`: start everything, in this process or in one that stays behind."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from local.cli.display import Display, make_display
from local.cli.errors import CommandError, UsageError
from local.cli.fault_options import read_faults
from local.cli.packages import build_packages
from local.paths import ROOT
from local.state import SystemState, data_directory, running_state
from local.supervisor.external import missing_urls
from local.supervisor.lab6 import Lab6UrlError, given_urls
from local.supervisor.lock import AlreadyUpError
from local.supervisor.logs import open_log
from local.supervisor.options import Options
from local.supervisor.progress import Progress
from local.supervisor.traces import is_endpoint

_OTHER_SECONDS_MAX = 120.0
_POLL_SECONDS = 0.1


def command(given: argparse.Namespace) -> int:
    """Start the system that the options describe; return once it is stopped or, with --detach, once it is ready."""
    options = _options(given)
    if options.packages is not None and running_state(options.data) is None:
        build_packages(options.template, options.packages)
    with make_display() as display:
        while True:
            other = _settled(options)
            if other is not None:
                return _already_up(other, options, detach=given.detach)
            _tell_faults(options, display)
            try:
                return _detached(options, display) if given.detach else _attached(options, display)
            except AlreadyUpError:  # somebody was quicker: look at theirs
                time.sleep(_POLL_SECONDS)


def _options(given: argparse.Namespace) -> Options:
    if given.external and (missing := missing_urls()):
        raise UsageError(f"up --external needs {', '.join(missing)} in the environment")
    try:
        given_urls()
    except Lab6UrlError as error:
        raise UsageError(str(error)) from error
    if given.packaged and given.debug:
        raise UsageError("--debug attaches to the source tree: without --packaged")
    if given.traces is not None and not is_endpoint(given.traces):
        raise UsageError(f"--traces {given.traces} is no address as http://localhost:4318")
    if not given.template.is_file():
        raise UsageError(f"{given.template} is not a file")
    data = data_directory(given.data)
    try:
        data.path.mkdir(parents=True, exist_ok=True, mode=0o700)  # claims, mails and logs are nobody else's
        data.logs.mkdir(exist_ok=True, mode=0o700)
        data.run.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandError(f"{data.path} cannot be used ({error.strerror}): choose another with --data") from error
    return Options(
        data=data,
        template=given.template.resolve(),
        ports=given.ports,
        external=given.external,
        faults=read_faults(given, data),
        lab6=given.lab6,
        auth=given.auth,
        debug=dict(given.debug),
        packages=data.path / "packages" if given.packaged else None,
        recorded=tuple(given.record),
        traces=given.traces,
    )


def _settled(options: Options) -> SystemState | None:
    """Return the system that already runs on the data directory, waiting while it starts or stops; None for none."""
    deadline = time.monotonic() + _OTHER_SECONDS_MAX
    while (state := running_state(options.data)) is not None and state.phase != "ready":
        if time.monotonic() > deadline:
            raise CommandError(f"pid {state.pid} has been {state.phase} for long: ./recours down, then up again")
        time.sleep(_POLL_SECONDS)
    return state


def _tell_faults(options: Options, display: Display) -> None:
    if options.faults is not None:
        display.show(Progress("note", "recours", f"injects faults: {options.faults}"))


def _already_up(state: SystemState, options: Options, *, detach: bool) -> int:
    """Say where the running system is. Without --detach that is a failure: there is nothing to stay in front of."""
    from local.supervisor.urls import url_lines

    if options.faults is not None:
        raise CommandError(f"already up (pid {state.pid}): faults begin with a start, so ./recours down first")
    for option, is_given in (("--auth", options.auth), ("--traces", options.traces), ("--packaged", options.packages)):
        if is_given:  # what runs may have been started otherwise, and whoever asked would believe it
            raise CommandError(f"already up (pid {state.pid}): {option} begins with a start, so ./recours down first")
    print(f"Recours is already up (pid {state.pid}).")
    print(url_lines(state.urls, masked=state.external))
    return 0 if detach else 1


def _attached(options: Options, display: Display) -> int:
    from local.supervisor.run import supervise

    return supervise(options, display.show)


def _detached(options: Options, display: Display) -> int:
    """Start a supervisor in a session of its own and return once it says that all is ready, or why not."""
    reading, writing = os.pipe()
    with open_log(options.data.log_file("supervisor")) as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "local.supervisor", *options.to_arguments(), "--report-fd", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
            pass_fds=[writing],
        )
    os.close(writing)
    try:
        return _follow(_reports(reading), supervisor, options, display)
    except KeyboardInterrupt:
        display.show(Progress("note", "recours", "stopping"))
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait()
        raise


def _reports(fd: int) -> Iterator[Progress]:
    with open(fd, encoding="utf-8") as pipe:
        yield from map(Progress.from_json, pipe)


def _follow(
    reports: Iterator[Progress], supervisor: "subprocess.Popen[bytes]", options: Options, display: Display
) -> int:
    for progress in reports:
        if progress.stage == "already":
            raise AlreadyUpError
        display.show(progress)
        if progress.stage == "up":
            return 0
        if progress.stage == "failed":
            return supervisor.wait()
    code = supervisor.wait()
    raise CommandError(f"the supervisor ended with {code}; see {options.data.log_file('supervisor')}")
