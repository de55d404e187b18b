"""The routes of some functions, as one port serves them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from local.apigateway.cors import path_methods
from local.apigateway.events import NO_API
from local.template import Function, Route, Template
from local.template.model import Api, Authorizer
from local.template.routes import DEFAULT_ROUTE


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a route leads."""

    function: Function
    route: Route
    api: Api
    path: str
    """The route's path on this port: with the base path, or without it."""
    stripped: str
    """The base path where this port's paths stand without it, or empty."""
    authorizer: Authorizer | None
    """Who is asked first; None: nobody."""
    route_key: str
    """See `route_key_of`."""

    @property
    def dresses_answers(self) -> bool:
        """Whether the API adds something to the answers of its functions."""
        api = self.api
        return api.compression_bytes_min is not None if api.kind == "rest" else api.cors is not None


@dataclass(frozen=True, slots=True)
class Preflight:
    """A path for which API Gateway itself answers OPTIONS."""

    endpoint: Endpoint
    """One of the path's routes, with the authorizer that a preflight has."""
    methods: str
    """Those of the path, as `Access-Control-Allow-Methods` tells them."""


def endpoints_of(
    template: Template, functions: Iterable[Function], skipped_authorizers: frozenset[str], *, strip_base_path: bool
) -> list[Endpoint]:
    """An endpoint for each route of the functions. Authorizers whose function is skipped are as if not there."""
    return [
        _endpoint(template, function, route, skipped_authorizers, strip_base_path)
        for function in functions
        for route in function.routes
    ]


def preflights_of(endpoints: Sequence[Endpoint], skipped_authorizers: frozenset[str]) -> list[Preflight]:
    """The paths whose API has CORS and which have no OPTIONS route of their own.

    A route for any method is one of its own for an HTTP API; SAM adds its mock beside that of a REST API.
    """
    by_path: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.api.cors is not None and endpoint.path.startswith("/"):
            by_path.setdefault((endpoint.api.name, endpoint.path), []).append(endpoint)
    found = [_preflight(each, skipped_authorizers) for each in by_path.values()]
    return [preflight for preflight in found if preflight is not None]


def route_key_of(method: str, path: str) -> str:
    """What an HTTP API calls a route: `GET /claims/{claim_id}`, `$default`."""
    return path if path == DEFAULT_ROUTE else f"{method} {path}"


def _endpoint(
    template: Template, function: Function, route: Route, skipped: frozenset[str], strip_base_path: bool
) -> Endpoint:
    api = template.apis.get(route.api, NO_API)
    path = function.local_path(route) if strip_base_path else route.path
    return Endpoint(
        function=function,
        route=route,
        api=api,
        path=path,
        stripped=function.base_path if strip_base_path else "",
        authorizer=_authorizer(api, route.authorizer, skipped),
        route_key=route_key_of(route.method, path),
    )


def _authorizer(api: Api, name: str | None, skipped: frozenset[str]) -> Authorizer | None:
    if name is None:
        return None
    # A name that is not there would be a route left open: reading a template refuses it.
    authorizer = {one.name: one for one in api.authorizers}[name]
    return None if authorizer.function in skipped else authorizer


def _preflight(endpoints: Sequence[Endpoint], skipped: frozenset[str]) -> Preflight | None:
    methods = frozenset(endpoint.route.method for endpoint in endpoints)
    first = endpoints[0]
    if "OPTIONS" in methods or (first.api.kind == "http" and "ANY" in methods):
        return None
    authorizer = _authorizer(first.api, first.api.preflight_authorizer, skipped)
    endpoint = Endpoint(first.function, first.route, first.api, first.path, first.stripped, authorizer, first.route_key)
    return Preflight(endpoint, path_methods(methods))
