"""The options of `generate-event api | http-api | authorizer | streams | schedule`."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from local.paths import DEFAULT_TEMPLATE

KINDS = {
    "api": "a request, as a REST API hands it on (payload 1.0)",
    "http-api": "a request, as an HTTP API hands it on (payload 2.0)",
    "authorizer": "what a route's Lambda authorizer is asked with",
    "streams": "a batch of claims' events for a subscriber of the log",
    "schedule": "what EventBridge invokes a function with at a schedule's time",
}
CLAIM_DEFAULT = "claim_67890"


def add_generate_event(commands: Any) -> None:
    """Add `generate-event` to the commands. They are argparse's, which has no public type for them."""
    text = "print an event to invoke a function with"
    command = commands.add_parser(
        "generate-event",
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog="./recours generate-event api --path /claims-service/health | ./recours invoke ClaimsFunction --event -",
    )
    command.add_argument("--list", action="store_true", help="list the kinds, and what of the template each is for")
    _add_template(command)
    command.set_defaults(module="generate_event", kind=None)
    kinds = command.add_subparsers(metavar="KIND")
    for kind in ("api", "http-api"):
        parser = _kind(kinds, kind)
        _add_request(parser)
        _add_authorized(parser)
    _add_request(_kind(kinds, "authorizer"))
    _add_streams(_kind(kinds, "streams"))
    _add_schedule(_kind(kinds, "schedule"))


def _kind(kinds: Any, name: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=KINDS[name], description=f"Print {KINDS[name]}.")
    # Not again a default: it would overwrite what stood before the kind.
    _add_template(parser, default=argparse.SUPPRESS)
    parser.set_defaults(kind=name)
    return parser


def _add_template(parser: argparse.ArgumentParser, default: Any = DEFAULT_TEMPLATE) -> None:
    parser.add_argument("--template", type=Path, default=default, metavar="FILE", help="another template")


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--path", required=True, help="as clients of the gateway write it, /claims-service/claims?limit=5"
    )
    parser.add_argument("--method", help="default: GET, or POST where there is a body")
    parser.add_argument("--body", metavar="TEXT", help="the body; @FILE reads it from a file")
    parser.add_argument(
        "--header", action="append", default=[], type=_header, metavar="NAME:VALUE", help="one header; may be repeated"
    )
    parser.add_argument(
        "--query", action="append", default=[], type=_query, metavar="NAME=VALUE", help="one parameter; may be repeated"
    )


def _add_authorized(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--authorized",
        action="append",
        default=[],
        type=_query,
        metavar="NAME=VALUE",
        help="what the authorizer told of the caller, role=agent; may be repeated (default: none was asked)",
    )


def _add_streams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--function", metavar="FUNCTION", help="the subscriber (default: the template's first)")
    parser.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="TYPE",
        help="ReclamationCreee, …; may be repeated (default: all)",
    )
    parser.add_argument(
        "--count", type=_count, metavar="N", help="records, claim after claim (default: those of one claim)"
    )
    parser.add_argument(
        "--claim", default=CLAIM_DEFAULT, metavar="ID", help=f"the first claim's id (default {CLAIM_DEFAULT})"
    )


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--function", metavar="FUNCTION", help="whose schedule (default: the template's first)")
    parser.add_argument("--schedule", metavar="NAME", help="the event's name in the template (default: the first)")
    parser.add_argument("--now", type=_moment, metavar="TIME", help="the next time after this one (default: now)")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not text.isascii() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no header, unlike 'Accept-Language: fr'")
    return name.strip(), value.strip()


def _query(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is no parameter, unlike limit=10")
    return name, value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and 1 <= int(text) <= 10_000):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 to 10000")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no time, unlike 2025-07-08T14:30:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset: end it with Z or +hh:mm")
    return moment
