"""The gateway's ASGI application: find the service of a path, pass the request on, pass the answer back."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias

import orjson

from local.apigateway.answers import HttpAnswer, send_answer
from local.apigateway.problems import no_route, refused, too_large
from local.apigateway.requests import BodyTooLargeError, HttpRequest, Receive, Scope, Send, read_request
from local.apigateway.router import Match, NoRouteError, Router, WrongMethodError
from local.environment.log import log
from local.gateway.connection import ConnectionBrokenError
from local.gateway.forward import forwarded, returned
from local.gateway.page import render_page
from local.gateway.parked_routes import ROUTES, ParkedOperation, ParkedRoutes
from local.gateway.services import Service
from local.gateway.upstream import Upstream
from local.template import Template

Target: TypeAlias = Service | ParkedOperation | str
"""A service; what to do with parked events; or the path of one of the answers that are always the same."""

RETRY_AFTER = {"retry-after": "1"}


class Gateway:
    """Every route of the template on one port. A route of the template goes before the gateway's own.

    The routes of the parked events are there where it is known where the log is.
    """

    def __init__(
        self, template: Template, services: Mapping[str, Service], mail_url: str | None, redis_url: str | None
    ) -> None:
        self._upstreams = {name: Upstream(service.port) for name, service in services.items()}
        self._parked = ParkedRoutes(redis_url, template) if redis_url else None
        page = render_page(services.values(), mail_url, parked_path="/parked" if self._parked else None)
        self._own = {"/": _html(page), "/health": _health()}
        routes: list[tuple[str, str, Target]] = [
            (route.method, route.path, services[function.service])
            for function in template.functions
            for route in function.routes
        ]
        taken = {path for method, path, _ in routes if method == "ANY"}
        own: list[tuple[str, str, Target]] = [("GET", path, path) for path in self._own]
        own += ROUTES if self._parked else ()
        self._router = Router([*routes, *(route for route in own if route[1] not in taken)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await send_answer(await self._answer(scope, receive), send)

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        try:
            request = await read_request(scope, receive)
            match = self._router.match(request.method, request.path)
        except BodyTooLargeError:
            return too_large(scope)
        except (NoRouteError, WrongMethodError) as error:
            return no_route(scope, error)
        return await self._answer_match(scope, request, match)

    async def _answer_match(self, scope: Scope, request: HttpRequest, match: Match[Target]) -> HttpAnswer:
        target = match.target
        if isinstance(target, Service):
            return await self._forward(scope, request, target)
        if isinstance(target, ParkedOperation):
            assert self._parked is not None
            return await self._parked.answer(target, request, match.path_parameters)
        return self._own[target]

    async def _forward(self, scope: Scope, request: HttpRequest, service: Service) -> HttpAnswer:
        try:
            answer = await self._upstreams[service.name].send(request.method, forwarded(request, service))
        except ConnectionBrokenError as error:
            log("error", "the service broke the connection", service=service.name, reason=str(error))
            detail = f"The service {service.name} broke off before it answered"
            return refused(scope, HTTPStatus.BAD_GATEWAY, detail, RETRY_AFTER)
        except TimeoutError:
            detail = f"The service {service.name} did not answer in time"
            return refused(scope, HTTPStatus.GATEWAY_TIMEOUT, detail, RETRY_AFTER)
        except OSError as error:
            log("error", "the service cannot be reached", service=service.name, reason=str(error))
            detail = f"The service {service.name} is not running"
            return refused(scope, HTTPStatus.SERVICE_UNAVAILABLE, detail, RETRY_AFTER)
        return returned(answer)


def _html(page: str) -> HttpAnswer:
    return HttpAnswer(
        HTTPStatus.OK,
        [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
        ],
        page.encode(),
    )


def _health() -> HttpAnswer:
    body = orjson.dumps({"status": "healthy", "service": "gateway"})
    return HttpAnswer(HTTPStatus.OK, [(b"content-type", b"application/json")], body)
