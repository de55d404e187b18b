"""The options of `logs`."""

import argparse
import re
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

from local.logs.entries import LEVELS

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_EPILOG = """
Times are UTC. A service's name means all its processes: `claims` is claims-1, claims-2 and so on. Of a claim are shown
the lines that name it, and what else was said in the requests that concerned it. A line without a time of its own, as
in a trace, belongs to the line above it. Exit code 1 when there is no such line.
"""


def add_logs(parser: argparse.ArgumentParser) -> None:
    """Add them to its parser."""
    parser.epilog = _EPILOG
    parser.add_argument("service", nargs="*", metavar="SERVICE", help="services or processes; default: all")
    parser.add_argument("-f", "--follow", action="store_true", help="go on showing what is added, until Ctrl-C")
    parser.add_argument(
        "-n",
        "--lines",
        type=_count,
        metavar="N",
        help="the newest N (default 200; all with --correlation, --claim, --event, --since)",
    )
    parser.add_argument("--correlation", type=_id, metavar="ID", help="one request, through every service")
    parser.add_argument("--claim", type=_id, metavar="ID", help="one claim, and the requests that concerned it")
    parser.add_argument("--event", type=_id, metavar="ID", help="one event, at each of its subscribers")
    parser.add_argument("--level", choices=LEVELS, default="debug", help="this level and those above")
    parser.add_argument(
        "--since", type=_since, default=0.0, metavar="TIME", help="10m, 2h or 1d ago, 22:15, or 2026-01-31T22:15"
    )
    parser.add_argument("--all", action="store_true", help="with Lambda's START, END and REPORT lines")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    form.add_argument("--raw", action="store_true", help="the lines as they stand in the files")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default auto")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text} is not a number of lines")
    return int(text)


def _id(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an id is not empty")
    if not text.isprintable():  # also what the shell gave that is no UTF-8
        raise argparse.ArgumentTypeError("an id has no such characters")
    return text


def _since(text: str) -> float:
    return since(text, time.time())


def since(text: str, now: float) -> float:
    """Seconds since the epoch, as is `now`. Raises ArgumentTypeError for what tells no time."""
    if found := re.fullmatch(r"([0-9]{1,9})([smhd])", text):
        return max(now - int(found[1]) * _UNITS_S[found[2]], 0.0)
    try:
        is_of_day = re.fullmatch(r"\d\d:\d\d(:\d\d)?", text)
        moment = _of_last_day(text, datetime.fromtimestamp(now, UTC)) if is_of_day else datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is neither 10m nor 22:15 nor 2026-01-31T22:15") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _of_last_day(text: str, now: datetime) -> datetime:
    """The last time that it was so late."""
    moment = datetime.combine(now.date(), time_of_day.fromisoformat(text), UTC)
    return moment if moment <= now else moment - timedelta(days=1)
