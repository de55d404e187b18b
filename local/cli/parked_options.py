"""The options of `parked list | show | retry | discard`."""

import argparse
import math
from collections.abc import Callable
from typing import Any

Add = Callable[[Any, str, str], argparse.ArgumentParser]
"""Adds a command, given the list of commands, its name and its help, with the option --data."""

WAIT_S_DEFAULT = 30.0
LIMIT_DEFAULT = 100


def add_parked(commands: Any, add: Add) -> None:
    """Add `parked` to the commands. They are argparse's, which has no public type for them."""
    text = "look at the events that were set aside, hand them over again, or give them up"
    parser = commands.add_parser("parked", help=text, description=text[0].upper() + text[1:] + ".")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for add_action in (_add_list, _add_show, _add_retry, _add_discard):
        add_action(actions, add)


def _add_list(actions: Any, add: Add) -> None:
    parser = _action(actions, add, "list", "show what is parked, group by group")
    parser.add_argument("--claim", metavar="ID", type=_text, help="of this claim only")
    parser.add_argument("--limit", metavar="N", type=_limit, default=LIMIT_DEFAULT, help="at most so many (100)")
    _add_json(parser)


def _add_show(actions: Any, add: Add) -> None:
    parser = _action(actions, add, "show", "show one with its event, its error and where that came from")
    _add_id(parser)
    _add_json(parser)


def _add_retry(actions: Any, add: Add) -> None:
    parser = _action(actions, add, "retry", "have them handed over again in order, and wait for what comes of it")
    parser.add_argument("--claim", metavar="ID", type=_text, help="those of this claim; default: all")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be asked for; change nothing")
    parser.add_argument(
        "--wait",
        metavar="S",
        type=_seconds,
        default=WAIT_S_DEFAULT,
        help="go once nothing has happened for so many seconds (30); what was asked for stays asked for",
    )
    _add_json(parser)


def _add_discard(actions: Any, add: Add) -> None:
    parser = _action(actions, add, "discard", "give one up for good; it is kept among the discarded, with the reason")
    _add_id(parser)
    parser.add_argument("--reason", metavar="TEXT", type=_text, required=True, help="why; it is kept with the event")


def _action(actions: Any, add: Add, name: str, text: str) -> argparse.ArgumentParser:
    parser = add(actions, name, text)
    parser.add_argument("--group", metavar="G", type=_text, help="of this consumer group; default: all")
    parser.set_defaults(module="parked", action=name)
    return parser


def _add_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="its id among the parked, or the one it has in its stream")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _limit(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds
