"""API Gateway: what stands between a client's request and the function that answers it."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from uuid import uuid4

from local.apigateway.answers import HttpAnswer, MalformedAnswerError, read_answer
from local.apigateway.endpoints import Endpoint, endpoints_of
from local.apigateway.events import build_event
from local.apigateway.invoking import (
    InvocationFailedError,
    InvocationThrottledError,
    InvocationTimedOutError,
    Invoker,
    NotInvokedError,
)
from local.apigateway.problems import refused
from local.apigateway.requests import HttpRequest, Scope, correlation_of
from local.apigateway.router import Match, Router
from local.environment.log import log
from local.template import Function, Template

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
INTEGRATION_TIMEOUT_S = 29
# Lambda's limit on what comes before an invocation: an environment that starts.
INIT_S_MAX = 10
RETRY_AFTER = {"retry-after": "1"}


class ApiGateway:
    """The routes of some functions of a template, on one port.

    With `strip_base_path` the paths stand without each function's base path, for clients and functions alike, as on a
    service's own port. Authorizers whose function is among `skipped_authorizers` are not asked.
    """

    def __init__(
        self,
        template: Template,
        functions: Sequence[Function],
        invoker: Invoker,
        *,
        strip_base_path: bool,
        skipped_authorizers: frozenset[str] = frozenset(),
    ) -> None:
        endpoints = endpoints_of(template, functions, skipped_authorizers, strip_base_path=strip_base_path)
        self._invoker = invoker
        self._router = Router((endpoint.route.method, endpoint.path, endpoint) for endpoint in endpoints)

    def match(self, request: HttpRequest) -> Match[Endpoint]:
        """Find the endpoint of a request. Raises NoRouteError, WrongMethodError."""
        return self._router.match(request.method, request.path)

    async def answer(self, scope: Scope, request: HttpRequest) -> HttpAnswer:
        """Answer a request. Raises NoRouteError, WrongMethodError where no route is there for it."""
        return await self.answer_match(scope, request, self.match(request))

    async def answer_match(self, scope: Scope, request: HttpRequest, match: Match[Endpoint]) -> HttpAnswer:
        """Answer a request that `match` found an endpoint for."""
        request_id = str(uuid4())
        event = build_event(request, match.resource, match.path_parameters, request_id)
        try:
            return read_answer(await self._invoke(match.target.function, event, request_id))
        except InvocationThrottledError:
            detail = "The function has all the invocations that it may have at once; nothing was done"
            return refused(scope, HTTPStatus.TOO_MANY_REQUESTS, detail, RETRY_AFTER)
        except NotInvokedError:
            detail = "The function could not be invoked; nothing was done, repeat the request"
            return refused(scope, HTTPStatus.SERVICE_UNAVAILABLE, detail, RETRY_AFTER)
        except TimeoutError:
            detail = f"The function did not answer within API Gateway's limit of {INTEGRATION_TIMEOUT_S} seconds"
            return refused(scope, HTTPStatus.GATEWAY_TIMEOUT, detail)
        except (InvocationFailedError, MalformedAnswerError) as error:
            return _bad_gateway(scope, match.target.function, request_id, error)

    async def _invoke(self, function: Function, event: dict[str, object], request_id: str) -> object:
        """What the function answers. Raises TimeoutError after the limit on an integration; the invocation goes on."""
        invocation = self._invoker.invoke(function.name, event, request_id)
        if function.timeout_s + INIT_S_MAX <= INTEGRATION_TIMEOUT_S:
            return await invocation  # Lambda itself ends it in time, and a task more would cost each request
        return await asyncio.wait_for(asyncio.shield(invocation), INTEGRATION_TIMEOUT_S)


def _bad_gateway(
    scope: Scope, function: Function, request_id: str, error: InvocationFailedError | MalformedAnswerError
) -> HttpAnswer:
    message, detail, facts = _told(error)
    ids = {"function_request_id": request_id, "correlation_id": correlation_of(scope["headers"])}
    log("error", message, function=function.name, **ids, **facts)
    return refused(scope, HTTPStatus.BAD_GATEWAY, detail)


def _told(error: InvocationFailedError | MalformedAnswerError) -> tuple[str, str, dict[str, str]]:
    """The log line's message, the detail for the client, and the log line's facts."""
    match error:
        case MalformedAnswerError():
            return "malformed proxy answer", "The function's answer is malformed", {"reason": str(error)}
        case InvocationTimedOutError():
            return str(error), str(error), {"error": error.error_type}
        case InvocationFailedError():
            # What it raised stands in the function's own log, under the same request id.
            return "the function raised", "The function failed", {"error": error.error_type}
