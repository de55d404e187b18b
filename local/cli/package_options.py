"""The options of `package`."""

import argparse
from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE

_TEXT = "make a zip of every function and layer for Lambda, and the template that deploys them"
_EPILOG = """
Wheels are for the template's Runtime, whatever Python this machine has, in the versions and with the hashes of
requirements/functions.txt beside the template; of them each function gets what its imports reach. boto3 and botocore
are not packed: Lambda has them. A CodeUri folder with a requirements.txt of its own is packed whole, as `sam build`
does. Packing the same files again gives the same zips, byte for byte.

Deploy with `./recours deploy`, `sam deploy --template-file dist/template.yaml`, or `aws cloudformation package` and
`deploy`. docs/deploy.md tells more.
"""


def add_package(commands: Any) -> None:
    """Add `package` to the commands. They are argparse's, which has no public type for them."""
    parser = commands.add_parser(
        "package",
        help=_TEXT,
        description=_TEXT[0].upper() + _TEXT[1:] + ".",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=Path("dist"), metavar="DIR", help="where to (default dist)")
    parser.add_argument(
        "--arch",
        choices=["arm64", "x86_64", "both"],
        help="the processor (default: the template's Architectures); both: below DIR/arm64 and DIR/x86_64",
    )
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON, for programs")
    parser.set_defaults(module="package")
