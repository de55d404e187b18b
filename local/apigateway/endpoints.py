"""The routes of some functions, as one port serves them."""

from collections.abc import Iterable
from dataclasses import dataclass

from local.apigateway.events import API_ID, STAGE
from local.template import Function, Route, Template
from local.template.model import Api, Authorizer

# What stands for the API of a route that names none that the template has: only a template made by hand has such.
NO_API = Api(API_ID, "rest", STAGE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a route leads."""

    function: Function
    route: Route
    api: Api
    path: str
    """The route's path on this port: with the base path, or without it."""
    authorizer: Authorizer | None
    """Who is asked first; None: nobody."""


def endpoints_of(
    template: Template, functions: Iterable[Function], skipped_authorizers: frozenset[str], *, strip_base_path: bool
) -> list[Endpoint]:
    """An endpoint for each route of the functions. Authorizers whose function is skipped are as if not there."""
    return [
        _endpoint(template, function, route, skipped_authorizers, strip_base_path)
        for function in functions
        for route in function.routes
    ]


def _endpoint(
    template: Template, function: Function, route: Route, skipped: frozenset[str], strip_base_path: bool
) -> Endpoint:
    api = template.apis.get(route.api, NO_API)
    authorizers = {authorizer.name: authorizer for authorizer in api.authorizers}
    authorizer = authorizers[route.authorizer] if route.authorizer else None
    return Endpoint(
        function=function,
        route=route,
        api=api,
        path=function.local_path(route) if strip_base_path else route.path,
        authorizer=None if authorizer is None or authorizer.function in skipped else authorizer,
    )
