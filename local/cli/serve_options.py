"""The options of `serve`."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE

HOST, DATA = "RECOURS_HOST", "RECOURS_DATA"
HEALTH_PORT = 9100
ENVIRONMENTS = 4  # by the machine's cores, as `up` has it, a container on a large one would burst its memory limit
_EPILOG = """
parts:
  gateway, or services    API Gateway and Lambda on 8100, or on those services' own ports
  poller FUNCTION         the event source mapping of one function
  schedule FUNCTION       the schedules of one function
  migrate                 bring the read models' schema up to date, and end
  mailcatcher             the mail catcher, 1025 and 8025
  observer                what the stores say of themselves, as metrics, 8108
  lab6                    the simulated order and customer systems, 8007 and 8005

The template's parameters are environment variables: RedisUrl is REDIS_URL, and so on. A part that cannot go on ends:
whoever started it starts it again. Pollers and schedules answer /health and /metrics on port 9100.
"""

Add = Callable[[Any, str, str], argparse.ArgumentParser]
"""Adds a command, given the list of commands, its name and its help, with the option --data."""


def add_serve(commands: Any, add: Add) -> None:
    """Add `serve` to the commands. They are argparse's, which has no public type for them."""
    parser = add(commands, "serve", "run one part of the system, as containers do, with servers that are elsewhere")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("parts", nargs="+", metavar="PART", help="see below")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")
    parser.add_argument(
        "--host",
        default=os.environ.get(HOST, "127.0.0.1"),
        metavar="ADDRESS",
        help=f"listen on this address (default: {HOST}, or 127.0.0.1)",
    )
    parser.add_argument(
        "--health-port", type=int, default=HEALTH_PORT, metavar="PORT", help="of pollers and schedules (default 9100)"
    )
    parser.add_argument(
        "--environments",
        type=_positive,
        default=ENVIRONMENTS,
        metavar="N",
        help=f"execution environments that one function may have here (default {ENVIRONMENTS})",
    )
    parser.add_argument(
        "--invoke",
        metavar="LAMBDA",
        help="poller: invoke this function (its name or ARN) through the Lambda Invoke API, not in processes of ours",
    )
    if DATA in os.environ:
        parser.set_defaults(data=Path(os.environ[DATA]))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return number
