"""`invoke`: one function, once, with an event from a file."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.cli.errors import CommandError, UsageError
from local.state import data_directory, running_state
from local.template import Function, TemplateError, load_template

URL_PARAMETERS = (
    "RedisUrl", "MongoUrl", "PostgresUrl", "SmtpUrl", "SmsUrl", "OrderServiceUrl", "CustomerServiceUrl", "ClaimsUrl",
)  # fmt: skip
"""The template's parameters that only a running system has values for."""


def command(given: argparse.Namespace) -> int:
    """Print what the function answers, as JSON; its log goes to standard error. 1 when it raises."""
    event = read_event(given.event)
    with _function(given, auth_mode(event)) as function:
        if given.packaged:
            answer = _invoke_packaged(given, function, event)
        else:
            with _output_is_log():
                answer = _invoke(function, event)
        print(json.dumps(answer, ensure_ascii=False))
    if given.record is not None:
        _record(given.record, event)
    return 0


@contextmanager
def _output_is_log() -> Iterator[None]:
    """What the function prints is its log: standard output is for the answer alone, so that a program can read it."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(ours, 1)
        os.close(ours)


def _record(file: Path, event: dict[str, object]) -> None:
    """Write the event, masked, as a fixture."""
    from local.recording.fixtures import write_event

    try:
        write_event(file, event)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    print(f"recours: the event is in {file}, with personal data masked", file=sys.stderr)


def _invoke(function: Function, event: dict[str, object]) -> object:
    from local.environment.handler import HandlerError
    from local.environment.invocation import FunctionError
    from local.invoke import invoke_function

    try:
        return invoke_function(function, event)
    except HandlerError as error:
        raise CommandError(f"{function.name} cannot be loaded: {error}") from error
    except FunctionError as error:
        traceback.print_exception(error.__cause__ or error)
        raise CommandError(f"{function.name} raised {type(error.__cause__ or error).__name__} (above)") from error


def _invoke_packaged(given: argparse.Namespace, function: Function, event: dict[str, object]) -> object:
    """Build the packages and invoke the function's under Lambda's own runtime."""
    from local.cli.packages import build_packages
    from local.packaged.errors import PackagedError
    from local.packaged.once import invoke_package
    from local.packaging.errors import PackagingError

    dist = data_directory(given.data).path / "packages"
    build_packages(given.template.resolve(), dist)
    try:
        outcome = invoke_package(function, event, dist)
    except (PackagingError, PackagedError, OSError) as error:
        raise CommandError(str(error)) from error
    if outcome.is_error:
        raise CommandError(f"{function.name} failed with {outcome.error_type}: {outcome.message}")
    return json.loads(outcome.payload)


def read_event(source: str) -> dict[str, object]:
    """Read the event from a file, or from standard input for `-`. Raises UsageError unless it is a JSON object."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
        event = json.loads(text)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{source} is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise UsageError(f"{source} is not an event: a JSON object is needed")
    return event


def auth_mode(event: dict[str, object]) -> dict[str, str]:
    """Whether the function is to ask who calls: where the event has what an authorizer said, as on Lambda."""
    context = event.get("requestContext")
    told = isinstance(context, dict) and bool(context.get("authorizer"))
    return {"AuthMode": "required" if told else "off"}


@contextmanager
def _function(given: argparse.Namespace, auth: dict[str, str]) -> Iterator[Function]:
    """The function with the addresses of the stores that it may change.

    An HTTP function gets those of the running system. A subscriber gets scratch ones, unless --live: its batch would
    put events into archive and read models that the log does not have, and the log would refuse commands from then on.
    """
    state = running_state(data_directory(given.data))
    shape = _load(given, dict.fromkeys(URL_PARAMETERS, ""))
    if state is not None and (given.live or shape.mapping is None):
        print(f"recours: {given.function} runs on the stores of the system in {given.data}", file=sys.stderr)
        yield _load(given, parameters(state.urls) | traces(state.urls) | auth)
    elif given.live:
        raise CommandError(f"nothing is up in {given.data}, so start it: ./recours up --detach")
    else:
        with _scratch_parameters() as values:
            print(f"recours: {given.function} runs on empty scratch stores", file=sys.stderr)
            yield _load(given, values | auth)


@contextmanager
def _scratch_parameters() -> Iterator[dict[str, str]]:
    from local.scratch import scratch_urls
    from local.servers import ServerError
    from local.supervisor.errors import StartError

    try:
        with scratch_urls() as urls:
            yield urls.as_parameters()
    except (ServerError, StartError) as error:
        raise CommandError(str(error)) from error


def _load(given: argparse.Namespace, values: dict[str, str]) -> Function:
    try:
        return load_template(given.template.resolve(), values).function(given.function)
    except TemplateError as error:
        raise CommandError(str(error)) from error


def traces(urls: dict[str, str]) -> dict[str, str]:
    """Return the template's parameter that says where the running system's spans go, where they go anywhere."""
    from local.supervisor.traces import ENDPOINT, NAME

    return {ENDPOINT: urls[NAME]} if NAME in urls else {}


def parameters(urls: dict[str, str]) -> dict[str, str]:
    """Return the template's parameters from a running system's URLs."""
    from local.supervisor.plan import NOBODY, Urls

    return Urls(
        urls.get("redis", ""),
        urls.get("mongo", ""),
        urls.get("postgres", ""),
        urls.get("smtp", ""),
        f"{urls['mail']}/sms" if "mail" in urls else "",
        orders=urls.get("orders", NOBODY),
        customers=urls.get("customers", NOBODY),
        claims=urls.get("claims", ""),
    ).as_parameters()
