"""The options of `logs`."""

import argparse
import re
import time
from datetime import UTC, datetime

from local.logs.entries import LEVELS

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add_logs(parser: argparse.ArgumentParser) -> None:
    """Add them to its parser."""
    parser.add_argument("service", nargs="*", metavar="SERVICE", help="services or processes; default: all")
    parser.add_argument("-f", "--follow", action="store_true", help="go on showing what is added")
    parser.add_argument(
        "-n", "--lines", type=_count, metavar="N", help="the newest N (default 200; all where one request is asked for)"
    )
    parser.add_argument("--correlation", metavar="ID", help="one request, through every service")
    parser.add_argument("--claim", metavar="ID", help="one claim, and the requests that concerned it")
    parser.add_argument("--event", metavar="ID", help="one event, at each of its subscribers")
    parser.add_argument("--level", choices=LEVELS, default="debug", help="this level and those above")
    parser.add_argument(
        "--since", type=_since, default=0.0, metavar="TIME", help="10m, 2h, 1d ago, or 2026-01-31T12:00 (times are UTC)"
    )
    parser.add_argument("--all", action="store_true", help="with Lambda's START, END and REPORT lines")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default auto")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number of lines")
    return int(text)


def _since(text: str) -> float:
    """Seconds since the epoch."""
    if found := re.fullmatch(r"(\d+)([smhd])", text):
        return time.time() - int(found[1]) * _UNITS_S[found[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is neither 10m nor 2026-01-31T12:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
