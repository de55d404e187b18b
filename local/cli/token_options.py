"""The options of `token`."""

import argparse
from collections.abc import Callable
from typing import Any

Add = Callable[[Any, str, str], argparse.ArgumentParser]
"""Adds a command, given the list of commands, its name and its help, with the option --data."""

# As in `handlers.access`, which is not loaded to read a command line; a test holds the two together.
ROLES = ("customer", "agent", "supervisor", "auditor", "service")
HOURS_DEFAULT, HOURS_MAX = 8.0, 24.0 * 365
ID_LENGTH_MAX = 128
_EPILOG = """
curl localhost:8105/claims -H "Authorization: Bearer $(./recours token --role agent --agent agent_smith)"
eval "$(./recours token --aws)"      then the AWS CLI may invoke functions at AWS_ENDPOINT_URL=http://localhost:8100
docs/security.md tells what each role may do.
"""


def add_token(commands: Any, add: Add) -> None:
    """Add `token` to the commands. They are argparse's, which has no public type for them."""
    parser = add(commands, "token", "print a token for a system that was started with --auth")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--role", choices=ROLES, metavar="ROLE", help=" | ".join(ROLES))
    kind.add_argument(
        "--aws", action="store_true", help="print the keys that the Lambda API is signed with, for a shell"
    )
    parser.add_argument("--sub", type=_id, metavar="ID", help="who it is (default: --customer, --agent or the role)")
    parser.add_argument("--customer", type=_id, metavar="ID", help="the customer whose claims a customer sees")
    parser.add_argument("--agent", type=_id, metavar="ID", help="the agent who takes claims")
    parser.add_argument(
        "--hours", type=_hours, default=HOURS_DEFAULT, metavar="N", help=f"good for so long (default {HOURS_DEFAULT:g})"
    )


def _id(text: str) -> str:
    if not 0 < len(text) <= ID_LENGTH_MAX or not text.isprintable():
        raise argparse.ArgumentTypeError(f"an id has 1 to {ID_LENGTH_MAX} printable characters")
    return text


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= HOURS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is no number of hours above 0, up to {HOURS_MAX:g}")
    return hours
