"""The options of `kubernetes`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE, ROOT

GENERATED = ROOT / "infra" / "kubernetes" / "generated"
IMAGE_DEFAULT = "recours:latest"

Add = Callable[[Any, str, str], argparse.ArgumentParser]
"""Adds a command, given the list of commands, its name and its help, with the option --data."""


def add_kubernetes(commands: Any, _add: Add) -> None:
    """Add `kubernetes` to the commands. They are argparse's, which has no public type for them."""
    text = "write the template's functions as Kubernetes manifests, pollers scaled by KEDA"
    parser = commands.add_parser("kubernetes", help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")
    parser.add_argument(
        "--out", type=Path, default=GENERATED, metavar="DIR", help="where to (default infra/kubernetes/generated)"
    )
    parser.add_argument("--image", default=IMAGE_DEFAULT, metavar="NAME", help=f"default {IMAGE_DEFAULT}")
    parser.add_argument(
        "--pollers-min",
        type=int,
        choices=(0, 1),
        default=0,
        help="0 (default): a poller runs while its group has something to do; 1: always, so that nothing waits for it",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where DIR has something else")
    parser.set_defaults(module="kubernetes")
