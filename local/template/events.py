"""A function's `Events`: routes and schedules. Every other kind of event source is refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.template.apis import ReadApi
from local.template.model import Route, Schedule, TemplateError
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.routes import KINDS, read_route
from local.template.schedules import PROPERTIES as SCHEDULES
from local.template.schedules import read_schedule
from local.template.shapes import text_of


@dataclass(frozen=True, slots=True)
class Events:
    """What a function's events came to."""

    routes: tuple[Route, ...]
    schedules: tuple[Schedule, ...]
    """Those that are enabled."""
    left_out: tuple[str, ...]
    """`F.Events.E (SQS)` of each event source that is not there, where that was allowed."""


def read_events(
    given: Properties,
    function: str,
    base_path: str,
    apis: Mapping[str, ReadApi],
    problems: Problems,
    *,
    leave_out: bool,
) -> Events:
    """Read them. With `leave_out` event sources that are not emulated are named and not refused."""
    found = [problems.attempt(None, _read, given, name, function, base_path, apis, leave_out) for name in given]
    routes: dict[Route, str] = {}
    for name, event in zip(given, found, strict=True):
        if isinstance(event, Route):
            problems.attempt(None, _add, routes, event, given.place(name))
    return Events(
        tuple(routes),
        tuple(event for event in found if isinstance(event, Schedule)),
        tuple(event for event in found if isinstance(event, str)),
    )


def _read(
    given: Properties, name: str, function: str, base_path: str, apis: Mapping[str, ReadApi], leave_out: bool
) -> Route | Schedule | str | None:
    event = given.below(name)
    kind = text_of(event.get("Type", ""), event.place("Type"))
    if kind in KINDS:
        return read_route(KINDS[kind], event.below("Properties"), base_path, apis)
    if kind in SCHEDULES:
        return read_schedule(kind, event.below("Properties"), function, name)
    if leave_out and kind:
        return f"{function}.Events.{name} ({kind})"
    raise TemplateError(f"{event.place('Type')}: an event of type {kind or 'nothing'} is not supported by the emulator")


def _add(routes: dict[Route, str], route: Route, where: str) -> None:
    for other, place in routes.items():
        if (other.method, other.path, other.api) == (route.method, route.path, route.api):
            raise TemplateError(f"{where}: {route.method} {route.path} is the route of {place} already")
    routes[route] = where
