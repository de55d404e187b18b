"""`python -m local.supervisor`: what `up --detach` leaves behind. It reports through a pipe until all is up."""

import argparse
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from local.faults.grammar import parse_fault
from local.faults.settings import FaultSettings, folder_in
from local.paths import DataDirectory
from local.supervisor.lock import AlreadyUpError
from local.supervisor.named import parse_debug
from local.supervisor.options import Options
from local.supervisor.progress import LAST_STAGES, Progress, Report
from local.supervisor.run import supervise


def main(arguments: list[str]) -> int:
    """Run a system in the background. `--report-fd` is the pipe of the one who waits for it to be up."""
    parser = argparse.ArgumentParser(prog="python -m local.supervisor")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--ports", choices=["fixed", "free"], required=True)
    parser.add_argument("--external", action="store_true")
    parser.add_argument("--no-lab6", action="store_false", dest="lab6")
    parser.add_argument("--fault", action="append", type=parse_fault, default=[])
    parser.add_argument("--fault-seed", type=int, default=0)
    parser.add_argument("--auth", action="store_true")
    parser.add_argument("--debug", action="append", type=parse_debug, default=[])
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--record", action="append", default=[])
    parser.add_argument("--traces")
    parser.add_argument("--report-fd", type=int, required=True)
    given = parser.parse_args(arguments)
    data = DataDirectory(given.data)
    faults = FaultSettings(tuple(given.fault), given.fault_seed, folder_in(data.run)) if given.fault else None
    options = Options(
        data=data,
        template=given.template,
        ports=given.ports,
        external=given.external,
        faults=faults,
        lab6=given.lab6,
        auth=given.auth,
        debug=dict(given.debug),
        packages=given.packages,
        recorded=tuple(given.record),
        traces=given.traces,
    )
    report = _to_pipe_and_log(given.report_fd)
    try:
        return supervise(options, report)
    except AlreadyUpError:
        report(Progress("already", "recours"))
        return 1


def _to_pipe_and_log(fd: int) -> Report:
    waiting = True

    def report(progress: Progress) -> None:
        nonlocal waiting
        # The URLs of `up` carry a password, which a log is no place for.
        text = "" if progress.stage == "up" else progress.text
        with suppress(OSError):  # a full disk stops the log, not the supervisor
            print(datetime.now(UTC).isoformat(timespec="milliseconds"), progress.stage, progress.name, text, flush=True)
        if waiting:
            waiting = _send(fd, progress) and progress.stage not in LAST_STAGES
            if not waiting:
                os.close(fd)

    return report


def _send(fd: int, progress: Progress) -> bool:
    """Tell who waits; return whether anybody still does."""
    try:
        os.write(fd, progress.to_json().encode() + b"\n")
    except BrokenPipeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
