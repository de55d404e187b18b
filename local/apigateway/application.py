"""API Gateway: what stands between a client's request and the function that answers it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeAlias
from uuid import uuid4

from local.apigateway.answers import HttpAnswer, read_answer
from local.apigateway.authorizing import Gatekeeper
from local.apigateway.compression import compressed
from local.apigateway.cors import http_preflight, is_preflight, rest_preflight, with_cors
from local.apigateway.endpoints import Endpoint, Preflight, endpoints_of, preflights_of
from local.apigateway.events import Event, Facts, build_event
from local.apigateway.http_answers import TEXT_TYPE, read_http_answer
from local.apigateway.http_events import build_http_event
from local.apigateway.invoking import Invoker
from local.apigateway.refusals import REFUSALS, Asked, refuse
from local.apigateway.requests import HttpRequest, Scope, correlation_of
from local.apigateway.router import Match, NoRouteError, Router, WrongMethodError
from local.template import Function, Template
from local.template.routes import DEFAULT_ROUTE

# Lambda's limit on what comes before an invocation: an environment that starts.
INIT_MS_MAX = 10_000

Target: TypeAlias = Endpoint | Preflight


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
        preflights = preflights_of(endpoints, skipped_authorizers)
        self._invoker = invoker
        self._table = _Table(endpoints, preflights)
        self._by_host = _by_host(endpoints, preflights)
        self._gatekeepers = {
            (api.name, authorizer.name): Gatekeeper(authorizer, api, invoker)
            for api in {endpoint.api.name: endpoint.api for endpoint in endpoints}.values()
            for authorizer in api.authorizers
        }

    def match(self, request: HttpRequest) -> Match[Target]:
        """Find where a request leads. Raises NoRouteError, WrongMethodError.

        Where nothing else fits, the `$default` route of an HTTP API does: `Match.resource` is then `$default`. Of
        several APIs the first in the template answers, and each alone under its logical id: `http://adminapi.localhost`.
        """
        table = self._table
        if self._by_host:
            table = self._by_host.get(request.header(b"host").partition(".")[0].lower(), table)
        return table.match(request)

    async def answer(self, scope: Scope, request: HttpRequest) -> HttpAnswer:
        """Answer a request. Raises NoRouteError, WrongMethodError where no route is there for it."""
        return await self.answer_match(scope, request, self.match(request))

    async def answer_match(self, scope: Scope, request: HttpRequest, match: Match[Target]) -> HttpAnswer:
        """Answer a request that `match` found a target for."""
        target, request_id = match.target, str(uuid4())
        endpoint = target.endpoint if isinstance(target, Preflight) else target
        try:
            answer = await self._answer(request, match, request_id)
        except REFUSALS as error:
            asked = Asked(request, endpoint.api, endpoint.function.name, request_id, endpoint.route.timeout_ms)
            answer = refuse(asked, error, correlation_of(scope["headers"]))
        return await _dressed(answer, request, endpoint) if endpoint.dresses_answers else answer

    async def _answer(self, request: HttpRequest, match: Match[Target], request_id: str) -> HttpAnswer:
        target = match.target
        if isinstance(target, Preflight):
            return await self._preflight(request, target)
        cors = target.api.cors
        authorized = None
        if target.authorizer is not None:
            gatekeeper = self._gatekeepers[target.api.name, target.authorizer.name]
            authorized = await gatekeeper.admit(request, target, match.path_parameters)
        if cors is not None and target.api.kind == "http" and is_preflight(request):
            return http_preflight(cors, request)
        event = _event(request, match.path_parameters, request_id, target, authorized)
        return _read(await self._invoke(target, event, request_id), target)

    async def _preflight(self, request: HttpRequest, target: Preflight) -> HttpAnswer:
        endpoint = target.endpoint
        assert endpoint.api.cors is not None  # no preflight is made without
        if endpoint.api.kind == "http":
            return http_preflight(endpoint.api.cors, request)
        if endpoint.authorizer is not None:
            gatekeeper = self._gatekeepers[endpoint.api.name, endpoint.authorizer.name]
            await gatekeeper.admit(request, endpoint, {})
        return rest_preflight(endpoint.api.cors, target.methods)

    async def _invoke(self, endpoint: Endpoint, event: Event, request_id: str) -> object:
        """What the function answers. Raises TimeoutError after the limit on an integration; the invocation goes on."""
        invocation = self._invoker.invoke(endpoint.function.name, event, request_id)
        timeout_ms = endpoint.route.timeout_ms
        if endpoint.function.timeout_s * 1000 + INIT_MS_MAX <= timeout_ms:
            return await invocation  # Lambda itself ends it in time, and a task more would cost each request
        return await asyncio.wait_for(asyncio.shield(invocation), timeout_ms / 1000)


class _Table:
    """The routes of a port, or of one API on it."""

    def __init__(self, endpoints: Iterable[Endpoint], preflights: Iterable[Preflight]) -> None:
        routes: list[tuple[str, str, Target]] = []
        self._default: Match[Target] | None = None
        for endpoint in endpoints:
            if endpoint.path == DEFAULT_ROUTE:
                self._default = self._default or Match(DEFAULT_ROUTE, endpoint, {})
            else:
                routes.append((endpoint.route.method, endpoint.path, endpoint))
        routes += [("OPTIONS", preflight.endpoint.path, preflight) for preflight in preflights]
        self._router: Router[Target] = Router(routes)

    def match(self, request: HttpRequest) -> Match[Target]:
        try:
            return self._router.match(request.method, request.path)
        except (NoRouteError, WrongMethodError):
            if self._default is None:
                raise
            return self._default


def _by_host(endpoints: Sequence[Endpoint], preflights: Sequence[Preflight]) -> dict[str, _Table]:
    """A table for each API, where there are several."""
    names = {endpoint.api.name for endpoint in endpoints}
    if len(names) < 2:
        return {}
    return {
        name.lower(): _Table(
            [endpoint for endpoint in endpoints if endpoint.api.name == name],
            [preflight for preflight in preflights if preflight.endpoint.api.name == name],
        )
        for name in names
    }


def _event(
    request: HttpRequest, parameters: dict[str, str], request_id: str, endpoint: Endpoint, authorized: Facts | None
) -> Event:
    if endpoint.route.payload_version == "2.0":
        key = endpoint.route_key
        return build_http_event(request, key, parameters, request_id, api=endpoint.api, authorized=authorized)
    return build_event(request, endpoint.path, parameters, request_id, api=endpoint.api, authorized=authorized)


def _read(returned: object, endpoint: Endpoint) -> HttpAnswer:
    if endpoint.route.payload_version == "2.0":
        return read_http_answer(returned)
    return read_answer(returned) if endpoint.api.kind == "rest" else read_answer(returned, TEXT_TYPE)


async def _dressed(answer: HttpAnswer, request: HttpRequest, endpoint: Endpoint) -> HttpAnswer:
    """The answer compressed, or with what browsers of other origins are told, as its API has it."""
    api = endpoint.api
    if api.kind == "http":
        if api.cors is not None and not is_preflight(request):
            return with_cors(answer, api.cors, request.header(b"origin"))
        return answer
    assert api.compression_bytes_min is not None
    return await compressed(answer, request.header(b"accept-encoding"), api.compression_bytes_min)
