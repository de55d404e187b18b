"""The options of `lab6 status | up | down | slow | error | garbage`."""

import argparse
from collections.abc import Callable
from typing import Any

from local.lab6.modes import DELAY_MS_DEFAULT, DELAY_MS_MAX, Mode

Add = Callable[[Any, str, str], argparse.ArgumentParser]
"""Adds a command, given the list of commands, its name and its help, with the option --data."""

SERVICES = ("orders", "customers")
_MODES: dict[Mode, str] = {
    "up": "let it answer as it should",
    "down": "have it close every connection without an answer",
    "slow": "have it answer late",
    "error": "have it answer 500",
    "garbage": "have it answer with something else than what was asked for",
}


def add_lab6(commands: Any, add: Add) -> None:
    """Add `lab6` to the commands. They are argparse's, which has no public type for them."""
    text = "have the simulated order and customer services fail, and get well again"
    parser = commands.add_parser("lab6", help=text, description=text[0].upper() + text[1:] + ".")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _action(actions, add, "status", "tell how each of them is").add_argument(
        "--json", action="store_true", help="as JSON, for programs"
    )
    for mode, help_text in _MODES.items():
        _add_mode(actions, add, mode, help_text)


def _add_mode(actions: Any, add: Add, mode: Mode, help_text: str) -> None:
    parser = _action(actions, add, mode, help_text)
    parser.add_argument(
        "service", nargs="?", choices=SERVICES, metavar="SERVICE", help="orders | customers; default: both"
    )
    parser.set_defaults(delay_ms=None)
    if mode == "slow":
        parser.add_argument(
            "--delay-ms", type=_delay_ms, metavar="N", help=f"so late, in milliseconds (default {DELAY_MS_DEFAULT})"
        )


def _action(actions: Any, add: Add, name: str, text: str) -> argparse.ArgumentParser:
    parser = add(actions, name, text)
    parser.set_defaults(module="lab6", action=name)
    return parser


def _delay_ms(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(DELAY_MS_MAX)) and int(text) <= DELAY_MS_MAX):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0 to {DELAY_MS_MAX}")
    return int(text)
