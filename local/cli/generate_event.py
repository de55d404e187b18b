"""`generate-event`: an event of one of the kinds, as JSON on standard output."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from local.apigateway.requests import HttpRequest
from local.cli.errors import CommandError, UsageError
from local.cli.generate_event_options import KINDS
from local.eventgen.errors import EventError
from local.template import Template, TemplateError, load_template


def command(given: argparse.Namespace) -> int:
    """Print the event, or with --list what events there can be."""
    template = _template(given.template)
    if given.list:
        print(listed(template))
        return 0
    if given.kind is None:
        raise UsageError(f"which kind of event? {', '.join(KINDS)} (--list tells more)")
    try:
        event = _MAKERS[given.kind](given, template)
    except EventError as error:
        raise UsageError(str(error)) from error
    print(json.dumps(event, indent=2, ensure_ascii=False))
    return 0


def listed(template: Template) -> str:
    """A line a kind, and below it what of the template it is for."""
    routes = sum(len(function.routes) for function in template.functions)
    authorizers = sorted({one.function for api in template.apis.values() for one in api.authorizers})
    of_template = {
        "api": [f"{routes} routes"],
        "authorizer": authorizers,
        "streams": [function.name for function in template.functions if function.mapping is not None],
        "schedule": [f"{one.name} {each.name}" for one in template.functions for each in one.schedules],
    }
    width = max(map(len, KINDS))
    lines = []
    for kind, text in KINDS.items():
        lines += [f"{kind:<{width}}  {text}", *(f"{'':<{width}}    {name}" for name in of_template.get(kind, []))]
    return "\n".join(lines)


def _template(path: Path) -> Template:
    from local.supervisor.plan import Urls

    try:
        # As `up` reads it first: no event depends on an address.
        return load_template(path.resolve(), Urls("", "", "", "", "").as_parameters(), leave_out_events=True)
    except TemplateError as error:
        raise CommandError(str(error)) from error


def _api(given: argparse.Namespace, template: Template) -> object:
    from local.eventgen.http import rest_event

    return rest_event(template, _request(given), dict(given.authorized) or None)


def _http_api(given: argparse.Namespace, template: Template) -> object:
    from local.eventgen.http import http_api_event

    return http_api_event(template, _request(given), dict(given.authorized) or None)


def _authorizer(given: argparse.Namespace, template: Template) -> object:
    from local.eventgen.http import authorizer_function_event

    return authorizer_function_event(template, _request(given))


def _streams(given: argparse.Namespace, template: Template) -> object:
    from local.paths import put_layers_on_path

    put_layers_on_path()
    from local.eventgen.streams import stream_event

    return stream_event(template, given.function, given.type, given.count, given.claim, datetime.now(UTC))


def _schedule(given: argparse.Namespace, template: Template) -> object:
    from local.eventgen.schedules import schedule_event

    return schedule_event(template, given.function, given.schedule, given.now or datetime.now(UTC))


_MAKERS: dict[str, Callable[[argparse.Namespace, Template], object]] = {
    "api": _api,
    "http-api": _http_api,
    "authorizer": _authorizer,
    "streams": _streams,
    "schedule": _schedule,
}


def _request(given: argparse.Namespace) -> HttpRequest:
    from local.eventgen.requests import make_request

    if not given.path.startswith("/"):
        raise UsageError(f"--path is {given.path}; it must begin with /")
    body = _body(given.body)
    method = given.method or ("GET" if body is None else "POST")
    return make_request(method, given.path, headers=given.header, query=given.query, body=body)


def _body(given: str | None) -> str | None:
    if given is None or not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{given[1:]} cannot be read as text: {error}") from error
