"""`verify`: does every store hold what the log says, each effect once?"""

import argparse
import json
import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from local.cli.errors import CommandError, UsageError
from local.paths import put_layers_on_path
from local.state import data_directory, running_state

if TYPE_CHECKING:
    from local.verify.findings import Result
    from local.verify.subscribers import Subscribers

Urls = tuple[str, str, str]
INTERVAL_S = 10.0


def command(given: argparse.Namespace) -> int:
    """Check once, or with --watch again and again. 0: nothing is wrong; 1: something is, or a server is away."""
    _refuse_nonsense(given)
    put_layers_on_path()
    urls, subscribers = _urls(given), _subscribers(given)
    if given.watch:
        return _watch(given, urls, subscribers)
    try:
        result = _look(given, urls, subscribers)
    except _expected_errors() as error:
        raise CommandError(f"nothing could be verified: {error}") from error
    print(_text(given, result))
    return 0 if result.is_clean else 1


def _refuse_nonsense(given: argparse.Namespace) -> None:
    if given.metrics_port is not None and not given.watch:
        raise UsageError("--metrics-port goes with --watch: a single check is over before anybody asks")
    if given.interval is not None and not given.watch:
        raise UsageError("--interval goes with --watch")
    for name in ("interval", "wait"):
        value = getattr(given, name)
        if value is not None and value < 0:
            raise UsageError(f"--{name} must be a number of seconds, not {value}")
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
    try:
        with measures.served(given.metrics_port or 0) as port:
            print(f"metrics on http://127.0.0.1:{port}/metrics; Ctrl-C ends it", flush=True)
            look = partial(check, *urls, subscribers, wait_seconds=given.wait)
            return watch(look, lambda result: _print_round(given, result), measures, interval_s, _expected_errors())
    except OSError as error:
        raise CommandError(f"--metrics-port {given.metrics_port}: {error.strerror}") from error


def _print_round(given: argparse.Namespace, result: "Result") -> None:
    from local.verify.report import line

    print(_text(given, result) if given.json else f"{datetime.now(UTC):%H:%M:%SZ} {line(result)}", flush=True)


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
        raise CommandError(f"nothing is up in {given.data}, so start it: ./recours up --detach")
    return state.urls["redis"], state.urls["mongo"], state.urls["postgres"]


def _subscribers(given: argparse.Namespace) -> "Subscribers":
    from local.cli.invoke import URL_PARAMETERS
    from local.template import TemplateError, load_template
    from local.verify.subscribers import SubscribersError, read_subscribers

    try:
        return read_subscribers(load_template(given.template.resolve(), dict.fromkeys(URL_PARAMETERS, "")))
    except (TemplateError, SubscribersError) as error:
        raise CommandError(str(error)) from error


def _expected_errors() -> tuple[type[Exception], ...]:
    """What a server that is away, or that lacks the tables, makes of a check."""
    from psycopg import Error as PostgresError
    from pymongo.errors import PyMongoError
    from redis.exceptions import RedisError

    return (RedisError, PyMongoError, PostgresError)
