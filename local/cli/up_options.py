"""The options of `up`."""

import argparse
from pathlib import Path

from local.cli.fault_options import add_fault_options
from local.paths import DEFAULT_TEMPLATE
from local.supervisor.named import parse_debug


def add_up(parser: argparse.ArgumentParser) -> None:
    """Add the options of `up` to its parser."""
    parser.add_argument("--detach", action="store_true", help="return once all is ready; `down` stops it")
    parser.add_argument(
        "--external", action="store_true", help="use the servers at REDIS_URL, MONGO_URL and POSTGRES_URL"
    )
    parser.add_argument("--template", type=Path, default=DEFAULT_TEMPLATE, metavar="FILE", help="another template")
    parser.add_argument(
        "--ports", choices=["fixed", "free"], default="fixed", help="the template's ports (default), or any free ones"
    )
    parser.add_argument(
        "--no-lab6",
        action="store_false",
        dest="lab6",
        help="do not simulate the order and customer services; without ORDER_SERVICE_URL nobody knows any order then",
    )
    parser.add_argument(
        "--auth", action="store_true", help="ask every caller for a token, as in the cloud (see ./recours token)"
    )
    parser.add_argument(
        "--packaged", action="store_true", help="build the packages and run these, under Lambda's own runtime"
    )
    parser.add_argument(
        "--record",
        action="append",
        default=[],
        metavar="FUNCTION",
        help="make a fixture, masked, of each of its first 100 invocations, in recorded/ of the data directory",
    )
    parser.add_argument(
        "--debug",
        action="append",
        type=parse_debug,
        default=[],
        metavar="FUNCTION[:PORT]",
        help="let a debugger attach to a function (default port 5678); its time stands still meanwhile",
    )
    parser.add_argument(
        "--traces",
        metavar="URL",
        help="send traces there, OTLP over HTTP (http://localhost:4318); OTEL_TRACES_SAMPLER says which are kept",
    )
    add_fault_options(parser)
