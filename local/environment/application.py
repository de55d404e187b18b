"""The ASGI application of an environment: a request becomes an event, the function's answer becomes the answer."""

import asyncio
import traceback
from http import HTTPStatus
from uuid import uuid4

from local.apigateway.answers import HttpAnswer, MalformedAnswerError, read_answer, send_answer
from local.apigateway.events import build_event
from local.apigateway.problems import no_route, problem, too_large
from local.apigateway.requests import (
    BodyTooLargeError,
    HttpRequest,
    Receive,
    Scope,
    Send,
    correlation_of,
    read_request,
)
from local.apigateway.router import Match, NoRouteError, Router, WrongMethodError
from local.environment.invocation import Environment, FunctionError
from local.environment.log import log


class Application:
    """Serves the routes of one function on its service's own port, where paths stand without the base path."""

    def __init__(self, environment: Environment) -> None:
        function = environment.function
        self._environment = environment
        self._router = Router((route.method, function.local_path(route), None) for route in function.routes)
        self._turn = asyncio.Lock()
        self.current: tuple[Scope, str] | None = None
        """The request whose invocation is running, with its invocation's id."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: the function's answer, or a problem."""
        try:
            request = await read_request(scope, receive)
            match = self._router.match(request.method, request.path)
        except BodyTooLargeError:
            await send_answer(too_large(scope), send)
        except (NoRouteError, WrongMethodError) as error:
            await send_answer(no_route(scope, error), send)
        else:
            await self._in_turn(scope, request, match, send)

    async def _in_turn(self, scope: Scope, request: HttpRequest, match: Match[None], send: Send) -> None:
        async with self._turn:
            request_id = str(uuid4())
            self.current = scope, request_id
            answer = self._invoke(request, match, request_id)
            self.current = None
            await send_answer(answer, send)
            # The loop writes to the socket at the end of its turn: without this the answer would wait for the next
            # request's invocation.
            await asyncio.sleep(0)

    def _invoke(self, request: HttpRequest, match: Match[None], request_id: str) -> HttpAnswer:
        event = build_event(request, match.resource, match.path_parameters, request_id)
        try:
            return read_answer(self._environment.invoke_beside_loop(event, request_id))
        except FunctionError as error:
            return self._failed(request, request_id, error)
        except MalformedAnswerError as error:
            return self._malformed(request, request_id, error)

    def _failed(self, request: HttpRequest, request_id: str, error: FunctionError) -> HttpAnswer:
        cause = error.__cause__
        trace = "".join(traceback.format_exception(cause))
        facts = {"error": type(cause).__name__, "trace": trace}
        return self._bad_gateway(request, request_id, "the function raised", "The function failed", facts)

    def _malformed(self, request: HttpRequest, request_id: str, error: MalformedAnswerError) -> HttpAnswer:
        facts = {"reason": str(error)}
        detail = "The function's answer is malformed"
        return self._bad_gateway(request, request_id, "malformed proxy answer", detail, facts)

    def _bad_gateway(
        self, request: HttpRequest, request_id: str, message: str, detail: str, facts: dict[str, str]
    ) -> HttpAnswer:
        correlation_id = correlation_of(request.headers)
        name = self._environment.function.name
        log("error", message, function=name, function_request_id=request_id, correlation_id=correlation_id, **facts)
        return problem(HTTPStatus.BAD_GATEWAY, detail, instance=request.path, correlation_id=correlation_id)
