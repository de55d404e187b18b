"""The events of API Gateway: for a route of the template, and for the authorizer that is asked before it."""

from dataclasses import replace
from difflib import get_close_matches
from typing import NoReturn
from uuid import uuid4

from local.apigateway.application import ApiGateway
from local.apigateway.authorizer_events import authorizer_event
from local.apigateway.authorizer_identity import identity_of
from local.apigateway.endpoints import Endpoint, Preflight
from local.apigateway.events import Event, Facts, build_event
from local.apigateway.http_events import build_http_event
from local.apigateway.requests import HttpRequest
from local.apigateway.router import Match, NoRouteError, WrongMethodError
from local.eventgen.errors import EventError
from local.template import Template
from local.template.model import Api

_SHOWN_MAX = 3


def rest_event(template: Template, request: HttpRequest, authorized: Facts | None = None) -> Event:
    """The event of payload version 1.0, as a REST API sends it. Raises EventError.

    `authorized` is what an authorizer would have told of the caller; None where none was asked.
    """
    endpoint, match = _find(template, request)
    api = endpoint.api
    if endpoint.route.payload_version == "2.0":
        api = _instead(api, "rest")
    return build_event(request, endpoint.path, match.path_parameters, api=api, authorized=authorized)


def http_api_event(template: Template, request: HttpRequest, authorized: Facts | None = None) -> Event:
    """The event of payload version 2.0, as an HTTP API sends it, whatever the route's own API is. Raises EventError."""
    endpoint, match = _find(template, request)
    api = endpoint.api if endpoint.api.kind == "http" else _instead(endpoint.api, "http")
    told = None if authorized is None else {"lambda": authorized}
    return build_http_event(request, endpoint.route_key, match.path_parameters, str(uuid4()), api=api, authorized=told)


def authorizer_function_event(template: Template, request: HttpRequest) -> Event:
    """What the authorizer of a route is asked with. Raises EventError, also where the route has none."""
    endpoint, match = _find(template, request)
    authorizer = endpoint.authorizer
    if authorizer is None:
        raise EventError(f"{endpoint.route_key} has no authorizer: whoever asks is let in")
    identity = identity_of(authorizer.identity, request, endpoint)
    if identity is None:
        wanted = ", ".join(authorizer.identity)
        raise EventError(f"{authorizer.function} is asked only about requests that have {wanted}")
    return authorizer_event(authorizer, request, endpoint, match.path_parameters, identity, str(uuid4()))


def _instead(api: Api, kind: str) -> Api:
    """An API of the other kind, of the same name."""
    if kind == "rest":
        return replace(api, kind="rest", stage="v1" if api.stage == "$default" else api.stage)
    return replace(api, kind="http", stage="$default")


class _NoFunctions:
    """An Invoker that is not asked: routes are only looked up."""

    async def invoke(self, function: str, event: object, request_id: str) -> NoReturn:
        raise NotImplementedError(f"{function} is not invoked here")


def _find(template: Template, request: HttpRequest) -> tuple[Endpoint, Match[Endpoint | Preflight]]:
    routes = ApiGateway(template, template.functions, _NoFunctions(), strip_base_path=False)
    try:
        match = routes.match(request)
    except NoRouteError as error:
        raise EventError(f"no route has the path {request.path}{_similar(template, routes, request)}") from error
    except WrongMethodError as error:
        raise EventError(f"{request.path} has no {request.method}; it has {error.allow}") from error
    if isinstance(match.target, Preflight):
        raise EventError(f"OPTIONS {request.path} is answered by API Gateway itself")
    return match.target, match


def _similar(template: Template, routes: ApiGateway, request: HttpRequest) -> str:
    """The paths that may have been meant: with a service's base path, or else routes that look alike."""
    bases = dict.fromkeys(function.base_path for function in template.functions if function.base_path)
    found = [base + request.path for base in bases if _exists(routes, replace(request, path=base + request.path))]
    if not found:
        known = {route.path for function in template.functions for route in function.routes}
        found = get_close_matches(request.path, sorted(known), _SHOWN_MAX)
    return f"; did you mean {' or '.join(found[:_SHOWN_MAX])}?" if found else ""


def _exists(routes: ApiGateway, request: HttpRequest) -> bool:
    try:
        routes.match(request)
    except NoRouteError:
        return False
    except WrongMethodError:
        return True
    return True
