"""`invoke`: one function, once, with an event from a file."""

import argparse
import json
import sys
import traceback
from pathlib import Path

from local.cli.errors import CommandError, UsageError
from local.paths import DataDirectory
from local.state import data_directory, running_state
from local.template import Function, TemplateError, load_template


def command(given: argparse.Namespace) -> int:
    """Print what the function answers, as JSON; its log goes to standard error. 1 when it raises."""
    event = read_event(given.event)
    function = _function(given.template, given.function, data_directory(given.data))
    from local.environment.handler import HandlerError
    from local.environment.invocation import FunctionError
    from local.invoke import invoke_function

    try:
        answer = invoke_function(function, event)
    except HandlerError as error:
        raise CommandError(f"{given.function} cannot be loaded: {error}") from error
    except FunctionError as error:
        traceback.print_exception(error.__cause__ or error)
        raise CommandError(f"{given.function} raised {type(error.__cause__ or error).__name__} (above)") from error
    print(json.dumps(answer, ensure_ascii=False))
    return 0


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


def _function(template: Path, name: str, data: DataDirectory) -> Function:
    """Read the function with the addresses of the running system; one that needs none runs without."""
    state = running_state(data)
    try:
        return load_template(template.resolve(), {} if state is None else parameters(state.urls)).function(name)
    except TemplateError as error:
        hint = "" if state is not None else f"; nothing is up in {data.path}, so start it: ./recours up --detach"
        raise CommandError(f"{error}{hint}") from error


def parameters(urls: dict[str, str]) -> dict[str, str]:
    """Return the template's parameters from a running system's URLs."""
    from local.supervisor.plan import Urls

    sms = f"{urls['mail']}/sms"
    return Urls(urls["redis"], urls["mongo"], urls["postgres"], urls["smtp"], sms).as_parameters()
