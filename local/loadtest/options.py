"""What `load-test` was asked for."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

_DESCRIPTION = "Take claims through their five events, then verify that each event had each effect exactly once."


@dataclass(frozen=True)
class Options:
    """`data` None: the system of `.recours/`, or whatever answers on the fixed ports.

    `wait_seconds` bounds the time from the last acknowledged command until everything is where it belongs.
    """

    claims: int
    threads: int
    data: Path | None
    json: bool
    wait_seconds: float


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"recours: {message} (see {self.prog} --help)\n")


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line. Exits with 2 when it is wrong."""
    parser = _Parser(prog="./recours load-test", description=_DESCRIPTION)
    parser.add_argument("--claims", type=_count, default=100, metavar="N", help="how many claims (default 100)")
    parser.add_argument("--threads", type=_count, default=3, metavar="T", help="how many at a time (default 3)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="which running system (default .recours/)")
    parser.add_argument("--json", action="store_true", help="the numbers as JSON, for programs")
    parser.add_argument(
        "--wait",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="how long the subscribers may take after the last command (default 120)",
    )
    given = parser.parse_args(arguments)
    return Options(given.claims, given.threads, given.data, given.json, given.wait)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number
