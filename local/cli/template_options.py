"""The options of `template check`."""

from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE


def add_template(commands: Any) -> None:
    """Add `template` to the commands. They are argparse's, which has no public type for them."""
    text = "tell what the emulator makes of a SAM template"
    parser = commands.add_parser("template", help=text, description=text[0].upper() + text[1:] + ".")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    text = "list what is emulated, what is left to the cloud, and every reason why `up` would refuse the file"
    check = actions.add_parser(
        "check", help=text, description=text[0].upper() + text[1:] + ". Exit code 1 where it would."
    )
    check.add_argument("file", nargs="?", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="the template")
    check.add_argument("--json", action="store_true", help="as JSON, for programs")
    check.set_defaults(module="template", action="check")
