"""The options of `deploy`."""

import argparse
from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE

STACK_DEFAULT = "recours"
_TEXT = "put the packages on LocalStack, or on AWS"
_EPILOG = """
--target localstack makes every resource by the services' own calls, at --endpoint, AWS_ENDPOINT_URL or LOCALSTACK_HOST
(default localhost:4566), and changes only what differs. What left the template stays until --prune. LocalStack runs
functions on its machine's own processor: --arch x86_64, where that is no ARM.

--target aws uploads the zips and has CloudFormation make a change set, shows it, asks, and follows what becomes of it.
Credentials are found as every tool of AWS finds them. With --dry-run the change set is thrown away again; the
zips, which it needs, stay.

The template's parameters come from --param, then --param-file (a JSON object, or lines Name=Value or NAME=value), then,
where they have no default, from the environment: RedisUrl is REDIS_URL. On AWS what the stack has already needs no
value. Values are neither written down nor shown. docs/deploy.md tells more.
"""


def add_deploy(commands: Any) -> None:
    """Add `deploy` to the commands. They are argparse's, which has no public type for them."""
    parser = commands.add_parser(
        "deploy",
        help=_TEXT,
        description=_TEXT[0].upper() + _TEXT[1:] + ".",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--target", choices=["localstack", "aws"], required=True, help="where to")
    parser.add_argument("--stack", default=STACK_DEFAULT, metavar="NAME", help=f"default {STACK_DEFAULT}")
    parser.add_argument("--region", metavar="REGION", help="default: AWS_REGION, or what your AWS settings say")
    parser.add_argument(
        "--param", action="append", default=[], metavar="Name=Value", help="a parameter of the template"
    )
    parser.add_argument("--param-file", type=Path, metavar="FILE", help="parameters, out of the shell's history")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done; change nothing")
    _add_build(parser)
    localstack = parser.add_argument_group("--target localstack")
    localstack.add_argument("--endpoint", metavar="URL", help="where it is")
    localstack.add_argument("--prune", action="store_true", help="delete what the template no longer has")
    aws = parser.add_argument_group("--target aws")
    aws.add_argument("--bucket", metavar="NAME", help="where the zips go (default: one made for this stack)")
    parser.set_defaults(module="deploy")


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-build", action="store_false", dest="build", help="deploy what stands in --dist as it is")
    parser.add_argument("--dist", type=Path, default=Path("dist"), metavar="DIR", help="the packages (default dist)")
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")
    parser.add_argument(
        "--arch", choices=["arm64", "x86_64"], help="build for this processor (default: the template's Architectures)"
    )
