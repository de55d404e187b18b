"""The gateway's own routes behind the authorizer of the template's, where that one is asked."""

import time
from pathlib import Path
from uuid import uuid4

from local.apigateway.answers import HttpAnswer
from local.apigateway.authorizing import Gatekeeper, UnauthorizedError
from local.apigateway.endpoints import Endpoint, route_key_of
from local.apigateway.events import Facts
from local.apigateway.invoking import Invoker
from local.apigateway.refusals import REFUSALS, Asked, refuse
from local.apigateway.requests import HttpRequest, correlation_of
from local.template import Function, Route, Template
from local.template.model import Api, Authorizer

TIMEOUT_MS = 29_000


class Guard:
    """Lets in who has a token whose policy allows the request's method and path."""

    def __init__(self, api: Api, authorizer: Authorizer, invoker: Invoker) -> None:
        self._api = api
        self._authorizer = authorizer
        self._gatekeeper = Gatekeeper(authorizer, api, invoker)

    async def refusal(self, request: HttpRequest) -> HttpAnswer | None:
        """Why the request may not go on, as an answer; None where it may."""
        try:
            _check_life(await self._gatekeeper.admit(request, self._endpoint(request), {}))
        except REFUSALS as error:
            asked = Asked(request, self._api, self._authorizer.function, str(uuid4()), TIMEOUT_MS)
            return refuse(asked, error, correlation_of(request.headers))
        return None

    def _endpoint(self, request: HttpRequest) -> Endpoint:
        """The request's own path as a route: what a policy speaks of."""
        route = Route(request.method, request.path, self._api.name, authorizer=self._authorizer.name)
        key = route_key_of(route.method, route.path)
        return Endpoint(_NO_FUNCTION, route, self._api, route.path, "", self._authorizer, key)


def guard_of(template: Template, skipped: frozenset[str], invoker: Invoker) -> Guard | None:
    """The guard by the first authorizer that is asked of those a laptop may do without; None where none is.

    A template that is not ours has its own idea of who may do what, which tells nothing about our routes.
    """
    ours = {function.name for function in template.functions if function.skipped_without_auth} - skipped
    for api in template.apis.values():
        for authorizer in api.authorizers:
            if authorizer.function in ours:
                return Guard(api, authorizer, invoker)
    return None


def _check_life(told: Facts) -> None:
    """Raise UnauthorizedError for a token that has expired since its answer was remembered, as the functions do."""
    expires_at = str(told.get("expires_at", "inf"))
    try:
        is_good = float(expires_at) > time.time()
    except ValueError:
        is_good = False
    if not is_good:
        raise UnauthorizedError


_NO_FUNCTION = Function("gateway", "", "gateway", None, "", 1, 29, 128, {}, (), Path(), (), None)
