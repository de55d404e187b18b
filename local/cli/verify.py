"""`verify`: does every store hold what the log says, each effect once?"""

import argparse
import json
import os
import shlex
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from local.cli.errors import CommandError, UsageError
from local.paths import DEFAULT_DATA, put_layers_on_path
from local.state import data_directory, running_state

if TYPE_CHECKING:
    from local.verify.findings import Result
    from local.verify.subscribers import Subscribers

Urls = tuple[str, str, str]
INTERVAL_S = 10.0
INTERVAL_S_MIN = 1  # a round reads all there is
ERROR_LENGTH_MAX = 300  # a driver's words may go on for pages


def command(given: argparse.Namespace) -> int:
    """Check once, or with --watch again and again. 0: nothing is wrong; 1: something is, or a server is away."""
    _refuse_nonsense(given)
    put_layers_on_path()
    try:
        urls, subscribers = _urls(given), _subscribers(given)
        if given.watch:
            return _watch(given, urls, subscribers)
        result = _look(given, urls, subscribers)
    except (CommandError, BrokenPipeError):
        raise
    except Exception as error:  # a server is away, or the code that is compared with is broken
        raise CommandError(_unverified(error)) from error
    print(_text(given, result))
    return 0 if result.is_clean else 1


def _refuse_nonsense(given: argparse.Namespace) -> None:
    if given.metrics_port is not None and not given.watch:
        raise UsageError("--metrics-port goes with --watch: a single check is over before anybody asks")
    if given.interval is not None and not given.watch:
        raise UsageError("--interval goes with --watch")
    if given.interval is not None and not INTERVAL_S_MIN <= given.interval < inf:
        raise UsageError(f"--interval must be a number of seconds, at least {INTERVAL_S_MIN}, not {given.interval:g}")
    if not 0 <= given.wait < inf:
        raise UsageError(f"--wait must be a number of seconds, not {given.wait:g}")
    if given.metrics_port is not None and not 0 <= given.metrics_port <= 65_535:
        raise UsageError(f"--metrics-port must be from 0 to 65535, not {given.metrics_port}")


def _look(given: argparse.Namespace, urls: Urls, subscribers: "Subscribers") -> "Result":
    from local.verify.check import check
    from local.verify.progress import progress

    with progress() as tell:
        return check(*urls, subscribers, wait_seconds=given.wait, tell=tell)


def _watch(given: argparse.Namespace, urls: Urls, subscribers: "Subscribers") -> int:
    from local.verify.check import check
    from local.verify.measures import Measures
    from local.verify.watching import watch

    measures = Measures()
    interval_s = INTERVAL_S if given.interval is None else given.interval
    with ExitStack() as stack:
        try:
            port = stack.enter_context(measures.served(given.metrics_port or 0))
        except OSError as error:
            raise CommandError(f"--metrics-port {given.metrics_port}: {error.strerror}") from error
        # Not among the results: a program reads those.
        print(f"metrics on http://127.0.0.1:{port}/metrics; Ctrl-C ends it", file=sys.stderr, flush=True)
        look = partial(check, *urls, subscribers, wait_seconds=given.wait)
        return watch(look, partial(_print_round, given), _print_error, measures, interval_s)


def _print_round(given: argparse.Namespace, result: "Result") -> None:
    from local.verify.report import line

    print(_text(given, result) if given.json else f"{datetime.now(UTC):%H:%M:%SZ} {line(result)}", flush=True)


def _print_error(error: Exception) -> None:
    print(f"recours: {_unverified(error)}", file=sys.stderr, flush=True)


def _unverified(error: Exception) -> str:
    """In one line."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return f"nothing could be verified: {words[:ERROR_LENGTH_MAX]}"


def _text(given: argparse.Namespace, result: "Result") -> str:
    from local.verify.report import JSON_FINDINGS_MAX, summary

    return json.dumps(result.to_dict(JSON_FINDINGS_MAX)) if given.json else summary(result)


def _urls(given: argparse.Namespace) -> Urls:
    """Where the log, the document stores and the read models are."""
    from local.supervisor.external import missing_urls

    if given.external:
        if missing := missing_urls():
            raise UsageError(f"--external needs {', '.join(missing)}")
        return os.environ["REDIS_URL"], os.environ["MONGO_URL"], os.environ["POSTGRES_URL"]
    state = running_state(data_directory(given.data))
    if state is None:
        raise CommandError(f"nothing is up in {given.data}, so start it: {up_command(given.data)}")
    return state.urls["redis"], state.urls["mongo"], state.urls["postgres"]


def up_command(data: Path) -> str:
    """What starts the system in a data directory."""
    return "./recours up --detach" + ("" if data == DEFAULT_DATA else f" --data {shlex.quote(str(data))}")


def _subscribers(given: argparse.Namespace) -> "Subscribers":
    from local.cli.invoke import URL_PARAMETERS
    from local.template import TemplateError, load_template
    from local.verify.subscribers import SubscribersError, read_subscribers

    try:
        return read_subscribers(load_template(given.template.resolve(), dict.fromkeys(URL_PARAMETERS, "")))
    except (TemplateError, SubscribersError) as error:
        raise CommandError(str(error)) from error
