"""The ASGI applications of the gateway: one for its own port, one for each service's."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from local.apigateway.answers import HttpAnswer, send_answer
from local.apigateway.application import ApiGateway
from local.apigateway.problems import no_route, too_large
from local.apigateway.requests import (
    BodyTooLargeError,
    ClientGoneError,
    HttpRequest,
    Receive,
    Scope,
    Send,
    read_request,
)
from local.apigateway.router import NoRouteError, WrongMethodError
from local.apigateway.serving import Application
from local.gateway.mount import Mount
from local.template.routes import DEFAULT_ROUTE


class PortApplication:
    """The API on one port, and behind it what else answers there. A route of the template goes first."""

    def __init__(self, api: ApiGateway, mounts: Sequence[Mount] = ()) -> None:
        self._api = api
        self._mounts = mounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; where the client went away before it was whole, there is nobody to answer."""
        with suppress(ClientGoneError):
            await send_answer(await self._answer(scope, receive), send)

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        try:
            request = await read_request(scope, receive)
        except BodyTooLargeError:
            return too_large(scope)
        try:
            match = self._api.match(request)
        except (NoRouteError, WrongMethodError) as error:
            return await self._mounted(scope, request, error)
        if match.resource == DEFAULT_ROUTE and (answer := await self._by_mount(request)) is not None:
            return answer  # a template's catch-all is for what nobody else answers
        return await self._api.answer_match(scope, request, match)

    async def _mounted(
        self, scope: Scope, request: HttpRequest, refusal: NoRouteError | WrongMethodError
    ) -> HttpAnswer:
        try:
            answer = await self._by_mount(request)
        except WrongMethodError as error:
            return no_route(scope, refusal if isinstance(refusal, WrongMethodError) else error)
        return no_route(scope, refusal) if answer is None else answer

    async def _by_mount(self, request: HttpRequest) -> HttpAnswer | None:
        """The answer of the first mount that has one. Raises WrongMethodError where one would, to another method."""
        for mount in self._mounts:
            if (answer := await mount.answer(request)) is not None:
                return answer
        return None


class ByPort:
    """Gives each request to the application of the port that it came to."""

    def __init__(self, applications: Mapping[int, Application]) -> None:
        self._applications = applications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._applications[scope["server"][1]](scope, receive, send)
