"""A function's `Events` as routes. A schedule is read elsewhere; every other kind is refused by name."""

from collections.abc import Mapping

from local.template.model import Route, TemplateError
from local.template.schedules import PROPERTIES as SCHEDULES
from local.template.shapes import mapping_of, refuse_unknown, text_of

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
PROPERTIES = {
    "Api": frozenset({"Method", "Path", "RestApiId"}),
    "HttpApi": frozenset({"ApiId", "Method", "Path", "PayloadFormatVersion"}),
}


def read_routes(events: Mapping[str, object], base_path: str, where: str) -> tuple[Route, ...]:
    """The routes of a function whose `Events` are already resolved. Raises TemplateError for an unknown event."""
    routes: dict[Route, str] = {}
    for name, event in events.items():
        body = mapping_of(event, f"{where}.{name}")
        if body.get("Type") in SCHEDULES:
            continue
        route = _read_route(body, base_path, f"{where}.{name}")
        if route in routes:
            raise TemplateError(f"{where}.{name}: {route.method} {route.path} is the route of {routes[route]} already")
        routes[route] = name
    return tuple(routes)


def _read_route(event: Mapping[str, object], base_path: str, where: str) -> Route:
    kind = text_of(event.get("Type", ""), f"{where}.Type")
    if kind not in PROPERTIES:
        raise TemplateError(f"{where}.Type: an event of type {kind or 'nothing'} is not supported by the emulator")
    properties = mapping_of(event.get("Properties"), f"{where}.Properties")
    refuse_unknown(properties, PROPERTIES[kind], f"{where}.Properties")
    if kind == "HttpApi" and text_of(properties.get("PayloadFormatVersion", "2.0"), where) != "1.0":
        raise TemplateError(
            f"{where}.Properties.PayloadFormatVersion: the emulator builds payloads of version 1.0 only"
        )
    for needed in ("Method", "Path"):
        if needed not in properties:
            raise TemplateError(f"{where}.Properties.{needed}: missing")
    return Route(_method(properties, where), _path(properties, base_path, where))


def _method(properties: Mapping[str, object], where: str) -> str:
    method = text_of(properties["Method"], f"{where}.Properties.Method").upper().replace("*", "ANY")
    if method not in METHODS:
        raise TemplateError(f"{where}.Properties.Method: {method} is not an HTTP method")
    return method


def _path(properties: Mapping[str, object], base_path: str, where: str) -> str:
    path = text_of(properties["Path"], f"{where}.Properties.Path")
    if not path.startswith("/"):
        raise TemplateError(f"{where}.Properties.Path: {path} does not begin with /")
    if base_path and path != base_path and not path.startswith(f"{base_path}/"):
        raise TemplateError(f"{where}.Properties.Path: {path} does not stand under the base path {base_path}")
    for segment in path.split("/"):
        if ("{" in segment or "}" in segment) and not (segment.startswith("{") and segment.endswith("}")):
            raise TemplateError(f"{where}.Properties.Path: a parameter is a whole segment, unlike {segment}")
    return path
