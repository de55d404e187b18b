"""`test`: pytest over the groups of tests, which are the folders of tests/."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from local.cli.errors import CommandError
from local.paths import ROOT

# One more than there are cores: tests wait for servers. A file's tests stay together, for the servers that they share.
_SIDE_BY_SIDE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile")


@dataclass(frozen=True)
class Run:
    """One run of pytest: groups that may run together, and how."""

    groups: tuple[str, ...]
    options: tuple[str, ...] = ()


# The tests of the whole system come last and one by one: under them, others would only measure how busy the machine is.
# Those of servers first, for they are the long ones: what is short fills the gaps at the end.
RUNS = (Run(("integration", "contract", "unit"), _SIDE_BY_SIDE), Run(("e2e", "chaos")))


def command(given: argparse.Namespace) -> int:
    """Run the groups; pytest's output is the command's, and the worst exit code its own."""
    if find_spec("pytest") is None:
        raise CommandError("the test requirements are not installed: run the tests through ./recours test")
    runs = runs_for(given.group, ROOT / "tests")
    if not any(run.groups for run in runs):
        raise CommandError(f"there is no folder tests/{given.group}")
    return max(_pytest(run, given.pytest_arguments) for run in runs if run.groups)


def runs_for(group: str | None, tests: Path) -> list[Run]:
    """The runs of one group, or of all but `browser`; folders that are not there are named and left out."""
    wanted = [run for run in RUNS if group is None or group in run.groups] or [Run((group or "",))]
    return [Run(_existing(run.groups if group is None else (group,), tests), run.options) for run in wanted]


def _existing(groups: tuple[str, ...], tests: Path) -> tuple[str, ...]:
    for group in groups:
        if not (tests / group).is_dir():
            print(f"recours: there is no folder tests/{group}: that group is not run", file=sys.stderr)
    return tuple(group for group in groups if (tests / group).is_dir())


def _pytest(run: Run, arguments: list[str]) -> int:
    folders = (f"tests/{group}" for group in run.groups)
    sys.stdout.flush()
    command_line = [sys.executable, "-m", "pytest", *run.options, *folders, *arguments]
    return subprocess.run(command_line, cwd=ROOT, check=False).returncode
