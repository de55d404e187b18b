"""`test`: pytest over the groups of tests, which are the folders of tests/."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from local.cli.errors import CommandError
from local.paths import ROOT

DEFAULT_GROUPS = ("unit", "contract", "integration", "e2e", "chaos")


def command(given: argparse.Namespace) -> int:
    """Become pytest: its output and its exit code are the command's."""
    if find_spec("pytest") is None:
        raise CommandError("the test requirements are not installed: run the tests through ./recours test")
    groups = (given.group,) if given.group else DEFAULT_GROUPS
    folders, absent = split_by_existence(ROOT / "tests", groups)
    if not folders:
        raise CommandError(f"there is no folder tests/{groups[0]}")
    for group in absent:
        print(f"recours: there is no folder tests/{group}: that group is not run", file=sys.stderr)
    # One run for all groups: one total, and one set of servers.
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *folders, *given.pytest_arguments])  # noqa: S606


def split_by_existence(tests: Path, groups: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the folders that exist, relative to the root, and the groups that have none."""
    folders = [f"tests/{group}" for group in groups if (tests / group).is_dir()]
    return folders, [group for group in groups if f"tests/{group}" not in folders]
