"""`python -m streams`: a mapping of one's own, with a handler in this process. Needs this package and redis."""

import argparse
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis import Redis

from streams.errors import EntriesLostError, MappingError
from streams.log_lines import LinesWithFacts
from streams.mapping import EventSourceMapping
from streams.notices.destinations import destination_for
from streams.poller import Poller
from streams.wire import StreamBatch

logger = logging.getLogger("streams")

Handler = Callable[[StreamBatch, None], Mapping[str, Any] | None]


def main(arguments: Sequence[str]) -> int:
    """Poll until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 entries were lost, 2 wrong use."""
    given = _parser().parse_args(arguments)
    _log_to_the_terminal()
    try:
        mapping = EventSourceMapping.from_metadata(given.name, json.loads(given.mapping.read_text(encoding="utf-8")))
        handler = load_handler(given.handler)
        poller = _poller(given, mapping, handler)
    except (MappingError, OSError, ValueError, ImportError, AttributeError) as error:
        print(f"streams: {error}", file=sys.stderr)
        return 2
    return _run(poller, given)


def load_handler(name: str) -> Handler:
    """`package.module.attribute`, looked up from the working directory on, as Lambda names a handler."""
    module, _, attribute = name.rpartition(".")
    if not module:
        raise ValueError(f"--handler is module.attribute, not {name}")
    sys.path.insert(0, os.getcwd())
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def _poller(given: argparse.Namespace, mapping: EventSourceMapping, handler: Handler) -> Poller:
    return Poller(
        Redis.from_url(given.url),
        mapping,
        lambda batch: handler(batch, None),
        consumer=given.consumer,
        destination=destination_for(mapping.on_failure),
    )


def _log_to_the_terminal() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(LinesWithFacts())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _run(poller: Poller, given: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        poller.stand_by(stop)
        logger.info("polling", extra={"url": _without_password(given.url), "consumer": given.consumer})
        poller.run(stop)
    except EntriesLostError:
        logger.exception("the poller stopped")
        return 1
    return 0


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m streams", description=__doc__)
    parser.add_argument("--url", required=True, help="redis://host:port/db")
    parser.add_argument("--mapping", required=True, type=Path, metavar="FILE", help="its properties, as JSON")
    parser.add_argument("--handler", required=True, metavar="MODULE.ATTRIBUTE", help="called with (event, None)")
    parser.add_argument("--name", default="function", help="the function's name, for messages")
    parser.add_argument(
        "--consumer", default=socket.gethostname(), help="this process within the group (default: the host's name)"
    )
    return parser
