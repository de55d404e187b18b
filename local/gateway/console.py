"""What the gateway itself answers on its port: the front page, its health, its metrics, and the parked events."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias

import orjson

from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest
from local.apigateway.router import NoRouteError, Router
from local.gateway.guard import Guard
from local.gateway.page import render_page
from local.gateway.parked_routes import ROUTES, ParkedOperation, ParkedRoutes
from local.gateway.services import Service
from local.template import Template
from metrics import exposition

METRICS = "/metrics"

Target: TypeAlias = ParkedOperation | str
"""What to do with parked events, or the path of one of the answers that are known or always the same."""


class Console:
    """A Mount. The metrics stand behind the guard, and so do the parked events, where it is known where the log is."""

    def __init__(
        self,
        template: Template,
        services: Mapping[str, Service],
        mail_url: str | None,
        redis_url: str | None,
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self._parked = ParkedRoutes(redis_url, template) if redis_url else None
        page = render_page(services.values(), mail_url, parked_path="/parked" if self._parked else None)
        self._fixed = {"/": _html(page), "/health": _health()}
        routes: list[tuple[str, str, Target]] = [("GET", path, path) for path in (*self._fixed, METRICS)]
        self._router = Router([*routes, *(ROUTES if self._parked else ())])

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """See Mount."""
        try:
            match = self._router.match(request.method, request.path)
        except NoRouteError:
            return None
        if isinstance(match.target, str) and match.target in self._fixed:
            return self._fixed[match.target]
        if self._guard is not None and (refusal := await self._guard.refusal(request)):
            return refusal
        if isinstance(match.target, str):
            return _metrics(request)
        assert self._parked is not None
        return await self._parked.answer(match.target, request, match.path_parameters)


def _html(page: str) -> HttpAnswer:
    return HttpAnswer(
        HTTPStatus.OK,
        [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
        ],
        page.encode(),
    )


def _metrics(request: HttpRequest) -> HttpAnswer:
    """What this process has counted of its functions; each service's own metrics stand behind its own route."""
    accept = next((value.decode("latin-1") for name, value in request.headers if name.lower() == b"accept"), "")
    told = exposition.render(accept)
    return HttpAnswer(HTTPStatus.OK, [(b"content-type", told.content_type.encode())], told.text.encode())


def _health() -> HttpAnswer:
    body = orjson.dumps({"status": "healthy", "service": "gateway"})
    return HttpAnswer(HTTPStatus.OK, [(b"content-type", b"application/json")], body)
